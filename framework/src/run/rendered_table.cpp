#include "run/rendered_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

std::string rounded(const TableColumn& column, double number) {
  if (!std::isfinite(number)) return "";
  switch (column.kind) {
    case Kind::kMetric:
      return fmt::format("{:.4f}", number);
    case Kind::kNumber:
      return std::abs(number) < 1e-4 && number != 0 ? fmt::format("{:.0e}", number)
                                                    : fmt::format("{:.4f}", number);
    case Kind::kSeconds:
      return fmt::format("{:.2f}", number);
    case Kind::kMegabytes:
      return fmt::format("{:.0f}", number);
    default:
      return fmt::format("{}", number);
  }
}

std::string text_of(const TableColumn& column, const Table::Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return rounded(column, *number);
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  return "";
}

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == 0;
}

bool empty_column(const Table& table, std::size_t c) {
  for (const auto& row : table.rows) {
    if (!text_of(table.columns[c], row[c]).empty()) return false;
  }
  return true;
}

bool is_stamped(const Table& table, std::size_t r) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].kind != Kind::kStamp) continue;
    if (!text_of(table.columns[c], table.rows[r][c]).empty()) return true;
  }
  return false;
}

// The best value of a metric as it is shown, so that equal texts are equally good; empty where
// there is none.
std::string best_of(const Table& table, std::size_t c, bool stamped_too) {
  const TableColumn& column = table.columns[c];
  std::string best;
  double best_value = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const auto* value = std::get_if<double>(&table.rows[r][c]);
    if (table.reference[r] || value == nullptr || !std::isfinite(*value)) continue;
    if (!stamped_too && is_stamped(table, r)) continue;
    if (best.empty() || (column.higher_is_better ? *value > best_value : *value < best_value)) {
      best_value = *value;
      best = rounded(column, *value);
    }
  }
  return best;
}

}  // namespace

std::size_t display_width(const std::string& text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

RenderedTable::RenderedTable(const Table& table, const std::string& plus_minus)
    : rows(table.rows.size()) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    if (column.name.size() > 4 && column.name.substr(column.name.size() - 4) == "_std" &&
        column.kind == Kind::kMetric) {
      continue;  // shown beside its mean
    }
    const bool has_std = c + 1 < table.columns.size() &&
                         table.columns[c + 1].name == column.name + "_std" &&
                         !empty_column(table, c + 1);
    std::string best, best_unstamped;
    if (column.kind == Kind::kMetric) {
      best = best_of(table, c, true);
      best_unstamped = best_of(table, c, false);
    }
    bool right = true;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      Cell cell{text_of(column, table.rows[r][c]), false};
      right = right && (cell.text.empty() || is_number(cell.text));
      cell.best = !table.reference[r] && !cell.text.empty() &&
                  (cell.text == best || (cell.text == best_unstamped && !is_stamped(table, r)));
      const std::string deviation =
          has_std ? text_of(table.columns[c + 1], table.rows[r][c + 1]) : "";
      if (!deviation.empty()) cell.text += plus_minus + deviation;
      rows[r].push_back(std::move(cell));
    }
    columns.push_back({column.name, right && !empty_column(table, c)});
  }
}

}  // namespace cofi::run
