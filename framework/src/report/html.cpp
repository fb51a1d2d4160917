#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "report/axis.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

std::string class_of(const std::string& css) {
  return css.empty() ? "" : " class=\"" + escaped(css) + "\"";
}

std::string span(const char* css, const std::string& text) {
  return std::string("<span class=\"") + css + "\">" + escaped(text) + "</span>";
}

// Where the quoted text that starts at `at` ends.
std::size_t end_of_quotes(const std::string& line, std::size_t at) {
  const char quote = line[at];
  for (std::size_t n = at + 1; n < line.size(); ++n) {
    if (line[n] == '\\' && quote == '"') {
      ++n;
    } else if (line[n] == quote) {
      return n + 1;
    }
  }
  return line.size();
}

std::string yaml_line(const std::string& line) {
  std::string html;
  for (std::size_t at = 0; at < line.size();) {
    const char c = line[at];
    if (c == '#' && (at == 0 || line[at - 1] == ' ')) return html + span("y-note", line.substr(at));
    if (c == '"' || c == '\'') {
      const std::size_t end = end_of_quotes(line, at);
      html += span("y-text", line.substr(at, end - at));
      at = end;
    } else if (std::string(" {}[],:").find(c) != std::string::npos) {
      html += escaped(std::string(1, c));
      ++at;
    } else {
      std::size_t end = at;
      while (end < line.size() && std::string(" {}[],").find(line[end]) == std::string::npos &&
             !(line[end] == ':' && (end + 1 == line.size() || line[end + 1] == ' '))) {
        ++end;
      }
      const std::string word = line.substr(at, end - at);
      const bool key = end < line.size() && line[end] == ':';
      const bool value = std::isfinite(number_of(word)) || word == "true" || word == "false" ||
                         word == "null" || word == "~";
      html += key ? span("y-key", word) : value ? span("y-number", word) : escaped(word);
      at = end;
    }
  }
  return html;
}

std::string scalar_html(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>().empty() ? "<i>none</i>" : escaped(value.get<std::string>());
  }
  if (value.is_number_float()) return escaped(number_text(value.get<double>()));
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_null()) return "<i>none</i>";
  return escaped(value.dump());
}

// A name that may go on in the next line behind each '.' and '_'.
std::string breakable(const std::string& name) {
  std::string html;
  for (const char c : name) {
    html += escaped(std::string(1, c));
    if (c == '.' || c == '_') html += "<wbr>";
  }
  return html;
}

std::string words_of_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

std::string value_html(const Json& value) {
  if (value.is_object()) return value.empty() ? "<i>none</i>" : json_html(value);
  if (!value.is_array()) return scalar_html(value);
  if (value.empty()) return "<i>none</i>";
  std::string html;
  const bool nested = std::any_of(value.begin(), value.end(),
                                  [](const Json& each) { return each.is_structured(); });
  for (const Json& each : value) {
    if (nested) {
      html += "<li>" + value_html(each) + "</li>";
    } else {
      html += (html.empty() ? "" : ", ") + scalar_html(each);
    }
  }
  return nested ? "<ul>" + html + "</ul>" : html;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

void HtmlTable::add_row(std::vector<HtmlCell> row, std::string css) {
  rows.push_back(std::move(row));
  row_css.push_back(std::move(css));
}

std::string to_html(const HtmlTable& table) {
  std::string html = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" +
                     escaped(table.caption) + "\"><table class=\"sortable\"><caption>" +
                     escaped(table.caption) + "</caption>\n<thead><tr>";
  for (const auto& column : table.columns) {
    html += std::string("<th scope=\"col\"") + (column.number ? " class=\"number\"" : "") +
            "><button type=\"button\">" + breakable(column.name) + "</button></th>";
  }
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    html += "<tr" + class_of(table.row_css[r]) + ">";
    for (std::size_t c = 0; c < table.rows[r].size(); ++c) {
      const HtmlCell& cell = table.rows[r][c];
      std::string css = cell.css;
      if (table.columns[c].number) css += css.empty() ? "number" : " number";
      const std::string sort = cell.number ? fmt::format(" data-number=\"{}\"", *cell.number) : "";
      const char* tag = c == 0 ? "th" : "td";
      html += std::string("<") + tag + (c == 0 ? " scope=\"row\"" : "") + class_of(css) + sort +
              ">" + escaped(cell.text) + "</" + tag + ">";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string yaml_html(const std::string& text) {
  std::string html, line;
  for (const char c : text) {
    if (c == '\n') {
      html += yaml_line(line) + "\n";
      line.clear();
    } else {
      line += c;
    }
  }
  return "<pre class=\"yaml\">" + html + yaml_line(line) + "</pre>\n";
}

std::string json_html(const Json& object) {
  std::string html = "<dl>";
  for (const auto& [key, value] : object.items()) {
    html += "<div><dt>" + escaped(words_of_key(key)) + "</dt><dd>" + value_html(value) +
            "</dd></div>\n";
  }
  return html + "</dl>\n";
}

std::string folded_html(const std::string& summary, const std::string& html) {
  return "<details><summary>" + escaped(summary) + "</summary>\n" + html + "</details>\n";
}

}  // namespace cofi::report
