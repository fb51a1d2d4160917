#include "run/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "run/csv.hpp"
#include "run/rendered_table.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

// A number as files keep it: the shortest text that reads back as the same double.
std::string exact(const TableColumn& column, double number) {
  if (!std::isfinite(number)) return "";
  if (column.kind == Kind::kSeconds) return fmt::format("{:.3f}", number);
  if (column.kind == Kind::kMegabytes) return fmt::format("{:.1f}", number);
  return fmt::format("{}", number);
}

std::string latex_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '^':
        escaped += "\\textasciicircum{}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        escaped += '\\';
        escaped += c;
        break;
      case '\n':
        escaped += ' ';
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string markdown_escaped(const std::string& text) {
  return replaced(replaced(text, "|", "\\|"), "\n", " ");
}

}  // namespace

void Table::add_row(std::vector<Value> row, bool is_reference) {
  rows.push_back(std::move(row));
  reference.push_back(is_reference);
}

Table Table::without(const std::vector<std::string>& names) const {
  Table kept;
  kept.reference = reference;
  kept.rows.resize(rows.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (std::find(names.begin(), names.end(), columns[c].name) != names.end()) continue;
    kept.columns.push_back(columns[c]);
    for (std::size_t r = 0; r < rows.size(); ++r) kept.rows[r].push_back(rows[r][c]);
  }
  return kept;
}

Table::Value cell_of(double value) {
  return std::isfinite(value) ? Table::Value(value) : Table::Value();
}

std::string to_csv(const Table& table) {
  std::vector<std::string> fields;
  for (const TableColumn& column : table.columns) fields.push_back(column.name);
  std::string text = csv_line(fields);
  for (const auto& row : table.rows) {
    fields.clear();
    for (std::size_t c = 0; c < row.size(); ++c) {
      const auto* number = std::get_if<double>(&row[c]);
      const auto* words = std::get_if<std::string>(&row[c]);
      fields.push_back(number != nullptr  ? exact(table.columns[c], *number)
                       : words != nullptr ? *words
                                          : "");
    }
    text += csv_line(fields);
  }
  return text;
}

std::string to_json(const Table& table) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (std::size_t c = 0; c < row.size(); ++c) {
      nlohmann::ordered_json& value = object[table.columns[c].name];
      if (const auto* words = std::get_if<std::string>(&row[c])) value = *words;
      const auto* number = std::get_if<double>(&row[c]);
      if (number == nullptr || !std::isfinite(*number)) continue;
      value = nlohmann::ordered_json::parse(exact(table.columns[c], *number));
    }
    all.push_back(std::move(object));
  }
  return all.dump(2) + "\n";
}

std::string to_markdown(const Table& table) {
  const RenderedTable rendered(table, " ± ");
  std::string text = "|", rule = "|";
  for (const auto& column : rendered.columns) {
    text += " " + markdown_escaped(column.name) + " |";
    rule += column.right ? " ---: |" : " --- |";
  }
  text += "\n" + rule + "\n";
  for (const auto& row : rendered.rows) {
    text += "|";
    for (const auto& cell : row) {
      text += " " + (cell.best ? "**" + cell.text + "**" : markdown_escaped(cell.text)) + " |";
    }
    text += "\n";
  }
  return text;
}

std::string to_latex(const Table& table) {
  const RenderedTable rendered(table, " ± ");
  std::string shape, head, body;
  for (const auto& column : rendered.columns) {
    shape += column.right ? 'r' : 'l';
    head += (head.empty() ? "" : " & ") + latex_escaped(column.name);
  }
  for (const auto& row : rendered.rows) {
    std::string line;
    for (const auto& cell : row) {
      const std::string text = replaced(latex_escaped(cell.text), "±", "$\\pm$");
      line += (&cell == &row.front() ? "" : " & ") + (cell.best ? "\\textbf{" + text + "}" : text);
    }
    body += line + " \\\\\n";
  }
  return "% needs \\usepackage{booktabs}\n\\begin{tabular}{" + shape + "}\n\\toprule\n" + head +
         " \\\\\n\\midrule\n" + body + "\\bottomrule\n\\end{tabular}\n";
}

std::string to_text(const Table& table) {
  const RenderedTable rendered(table, " ± ");
  std::vector<std::size_t> widths;
  for (const auto& column : rendered.columns) widths.push_back(display_width(column.name));
  for (const auto& row : rendered.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], display_width(row[c].text));
    }
  }
  // A column more a cell for the mark.
  const auto cell_text = [&](std::size_t c, const std::string& text, bool best) {
    const std::string space(widths[c] - display_width(text), ' ');
    const bool right = rendered.columns[c].right;
    return (right ? space + text : text + space) + (best ? "*" : " ");
  };
  std::string text;
  const auto add_line = [&](std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  std::string line;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    line += (c == 0 ? "" : " ") + cell_text(c, rendered.columns[c].name, false);
  }
  add_line(line);
  for (const auto& row : rendered.rows) {
    line.clear();
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += (c == 0 ? "" : " ") + cell_text(c, row[c].text, row[c].best);
    }
    add_line(line);
  }
  return text;
}

}  // namespace cofi::run
