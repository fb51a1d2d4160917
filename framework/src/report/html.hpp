// Pieces of a page. Whatever comes from data goes through escaped().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "report/run_files.hpp"

namespace cofi::report {

// As text and inside quoted attributes of HTML and XML.
COFI_API std::string escaped(const std::string& text);

struct HtmlCell {
  std::string text;
  std::optional<double> number = {};  // what it is sorted by; else by its text
  std::string css = {};               // classes
};

struct COFI_API HtmlTable {
  struct Column {
    std::string name;
    bool number = false;
  };
  std::string caption;  // read aloud, not shown
  std::vector<Column> columns;
  std::vector<std::vector<HtmlCell>> rows;
  std::vector<std::string> row_css;  // classes of each row; "last": stays below the others

  void add_row(std::vector<HtmlCell> row, std::string css = "");
};
// A table whose heads are buttons that sort it (page/page.js); the first column is each row's head.
COFI_API std::string to_html(const HtmlTable& table);

// A spec as the runner writes it, with keys, texts, numbers and comments told apart.
COFI_API std::string yaml_html(const std::string& text);

// An object as a list of terms and what they are, nested ones inside.
COFI_API std::string json_html(const Json& object);

// <details> that is closed at first.
COFI_API std::string folded_html(const std::string& summary, const std::string& html);

}  // namespace cofi::report
