#include "report/result_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/axis.hpp"
#include "run/rendered_table.hpp"

namespace cofi::report {
namespace {

using Kind = run::TableColumn::Kind;

constexpr double kSignificant = 0.05;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// What results_table of the run made its columns of.
Kind kind_of(const RunFiles& files, const std::string& column) {
  const auto measured = [&](const std::string& name) {
    return std::find(files.metrics.begin(), files.metrics.end(), name) != files.metrics.end();
  };
  const auto spread_of = [&](const std::string& end) {
    return ends_with(column, end) && measured(column.substr(0, column.size() - end.size()));
  };
  if (measured(column) || spread_of("_std")) return Kind::kMetric;
  // No mean stands before these, beside which they could be shown.
  if (spread_of("_split_std") || spread_of("_seed_std")) return Kind::kNumber;
  if (ends_with(column, "_seconds")) return Kind::kSeconds;
  if (column == "peak_mb" || column == "wire_mb") return Kind::kMegabytes;
  return column == "reads_times" ? Kind::kStamp : Kind::kText;
}

run::Table table_of(const RunFiles& files) {
  run::Table table;
  const Sheet& results = *files.results;
  for (const std::string& name : results.columns) {
    table.columns.push_back({name, kind_of(files, name), files.higher_is_better(name)});
  }
  const std::size_t model = results.at("model");
  for (const auto& fields : results.rows) {
    std::vector<run::Table::Value> row;
    for (std::size_t c = 0; c < fields.size(); ++c) {
      const Kind kind = table.columns[c].kind;
      const bool text = kind == Kind::kText || kind == Kind::kStamp;
      const double number = number_of(fields[c]);
      if (fields[c].empty() || (!text && !std::isfinite(number))) {
        row.emplace_back();
      } else if (text) {
        row.emplace_back(fields[c]);
      } else {
        row.emplace_back(number);
      }
    }
    table.add_row(std::move(row), fields[model] == "(best possible)");
  }
  return table;
}

// Columns of measurements that no row has more than nothing of.
bool all_nothing(const Sheet& sheet, std::size_t column) {
  return std::all_of(sheet.rows.begin(), sheet.rows.end(), [&](const auto& row) {
    return row[column].empty() || number_of(row[column]) == 0;
  });
}

std::vector<std::string> left_out(const RunFiles& files) {
  std::vector<std::string> names;
  const Sheet& results = *files.results;
  for (const auto& each : constant_columns(files)) names.push_back(each.first);
  const auto shared = results.find("shared_seconds");
  if (shared && all_nothing(results, *shared)) names.emplace_back("shared_seconds");
  return names;
}

std::optional<double> sort_number(const std::string& text) {
  const double number = number_of(text);
  return std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
}

HtmlCell comparison_cell(const std::string& column, const std::string& text) {
  HtmlCell cell{text};
  const double number = number_of(text);
  if (!std::isfinite(number)) return cell;
  cell.number = number;
  const bool p = ends_with(column, "_p") || ends_with(column, "_holm");
  if (p) {
    cell.text = number < 0.0001 ? "< 0.0001" : fmt::format("{:.4f}", number);
    if (ends_with(column, "_holm") && number < kSignificant) cell.css = "best";
  } else if (std::floor(number) != number) {
    cell.text = fmt::format("{:.4f}", number);
  }
  return cell;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> constant_columns(const RunFiles& run) {
  std::vector<std::pair<std::string, std::string>> constant;
  const Sheet& results = *run.results;
  const std::size_t model = results.at("model");
  for (const char* name : {"candidates", "leaks"}) {
    const auto column = results.find(name);
    if (!column) continue;
    std::string said;
    bool alike = true;
    for (const auto& row : results.rows) {
      if (row[model] == "(best possible)") continue;
      if (said.empty()) said = row[*column];
      alike = alike && row[*column] == said;
    }
    if (alike && !said.empty()) constant.emplace_back(name, said);
  }
  return constant;
}

HtmlTable results_html_table(const RunFiles& run) {
  const Sheet& results = *run.results;
  const run::Table table = table_of(run).without(left_out(run));
  const run::RenderedTable rendered(table, " ± ");
  const auto selected = results.find("selected");
  HtmlTable html;
  html.caption = "Results: a row for each model and setting";
  for (const auto& column : rendered.columns) html.columns.push_back({column.name, column.right});
  for (std::size_t c = 0; c < html.columns.size(); ++c) {
    const Kind kind = kind_of(run, html.columns[c].name);
    auto& number = html.columns[c].number;
    number = (number || (kind != Kind::kText && kind != Kind::kStamp)) &&
             html.columns[c].name != "selected";
  }
  for (std::size_t r = 0; r < rendered.rows.size(); ++r) {
    std::vector<HtmlCell> row;
    for (std::size_t c = 0; c < rendered.columns.size(); ++c) {
      const auto& cell = rendered.rows[r][c];
      const std::string& name = rendered.columns[c].name;
      const std::string& written = results.rows[r][results.at(name)];
      row.push_back({cell.text, sort_number(written), cell.best ? "best" : ""});
      if (name == "selected") row.back().text = written == "1" ? "selected" : "";
      if (name != "status") continue;
      row.back().css = written.compare(0, 6, "failed") == 0 ? "status failed" : "status";
    }
    const bool chosen = selected && results.rows[r][*selected] == "1";
    html.add_row(std::move(row), table.reference[r] ? "last" : chosen ? "selected" : "");
  }
  return html;
}

std::optional<HtmlTable> failures_html_table(const RunFiles& run) {
  if (!run.folds) return std::nullopt;
  const Sheet& folds = *run.folds;
  HtmlTable html;
  html.caption = "Cells that failed or were interrupted, and why";
  for (const std::string& name : run.settings) {
    const auto column = folds.at(name);
    html.columns.push_back(
        {name, std::all_of(folds.rows.begin(), folds.rows.end(), [&](const auto& row) {
           return row[column].empty() || sort_number(row[column]);
         })});
  }
  for (const char* name : {"fold", "repeat"}) html.columns.push_back({name, true});
  html.columns.push_back({"reason", false});
  for (const auto& fields : folds.rows) {
    const std::string& status = fields[folds.at("status")];
    if (status.compare(0, 4, "done") == 0 || status == "not run") continue;
    std::vector<HtmlCell> row;
    for (std::size_t c = 0; c + 1 < html.columns.size(); ++c) {
      const std::string& text = fields[folds.at(html.columns[c].name)];
      row.push_back({text, sort_number(text), ""});
    }
    row.push_back({status, std::nullopt, "status failed"});
    html.add_row(std::move(row));
  }
  if (html.rows.empty()) return std::nullopt;
  return html;
}

std::optional<HtmlTable> comparisons_html_table(const RunFiles& run) {
  if (!run.comparisons || run.comparisons->rows.empty()) return std::nullopt;
  const Sheet& comparisons = *run.comparisons;
  HtmlTable html;
  html.caption = "Comparisons: a row for each pair and metric";
  for (std::size_t c = 0; c < comparisons.columns.size(); ++c) {
    const bool numbers =
        std::all_of(comparisons.rows.begin(), comparisons.rows.end(),
                    [&](const auto& row) { return row[c].empty() || sort_number(row[c]); });
    html.columns.push_back({comparisons.columns[c], numbers});
  }
  for (const auto& fields : comparisons.rows) {
    std::vector<HtmlCell> row;
    for (std::size_t c = 0; c < fields.size(); ++c) {
      row.push_back(comparison_cell(comparisons.columns[c], fields[c]));
    }
    html.add_row(std::move(row));
  }
  return html;
}

}  // namespace cofi::report
