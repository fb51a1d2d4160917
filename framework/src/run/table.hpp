// A table and the forms that it is written in.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::run {

struct TableColumn {
  // kNumber: to four digits, and none is best. kStamp: text that sets its row apart: the best of
  // all rows and the best of those without a stamp stand out.
  enum class Kind { kText, kStamp, kMetric, kNumber, kCount, kSeconds, kMegabytes };
  std::string name;
  Kind kind = Kind::kText;
  bool higher_is_better = false;  // of a metric
};

struct COFI_API Table {
  using Value = std::variant<std::monostate, std::string, double>;  // nothing: an empty cell

  std::vector<TableColumn> columns;
  std::vector<std::vector<Value>> rows;
  std::vector<bool> reference;  // rows that compete with none ("(best possible)")

  void add_row(std::vector<Value> row, bool is_reference = false);
  // The same without these columns.
  Table without(const std::vector<std::string>& names) const;
};

// A number's cell; empty where it is not finite.
COFI_API Table::Value cell_of(double value);

// Metrics in full precision, seconds to the millisecond.
COFI_API std::string to_csv(const Table& table);
COFI_API std::string to_json(const Table& table);  // a list of objects
// Metrics to four decimals, "mean ± standard deviation" where a column <name>_std follows; the best
// value of each metric stands out.
COFI_API std::string to_markdown(const Table& table);
COFI_API std::string to_latex(const Table& table);  // booktabs
COFI_API std::string to_text(const Table& table);   // aligned, the best marked with *

}  // namespace cofi::run
