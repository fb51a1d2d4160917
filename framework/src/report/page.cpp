#include "report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/html.hpp"
#include "report/page_files.hpp"
#include "report/palette.hpp"
#include "report/result_tables.hpp"
#include "run/text.hpp"

namespace cofi::report {
namespace {

using Group = std::vector<ChartGroup> (*)(const RunFiles&, const std::vector<Entry>&);

struct PictureKind {
  const char *id, *title;
  Group groups;
};
constexpr PictureKind kPictureKinds[] = {{"curves", "Learning curves", &curve_groups},
                                         {"parameters", "Parameters", &parameter_groups},
                                         {"maps", "Pairs of parameters", &heat_map_groups},
                                         {"strata", "Groups of users and items", &strata_groups},
                                         {"costs", "Cost and quality", &cost_groups}};

std::string manifest_text(const RunFiles& run, const char* key) {
  const auto found = run.manifest.find(key);
  return found != run.manifest.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
  return run::grouped(static_cast<std::int64_t>(n)) + " " + (n == 1 ? one : many);
}

std::size_t done_cells(const Sheet& folds) {
  const std::size_t status = folds.at("status");
  return static_cast<std::size_t>(
      std::count_if(folds.rows.begin(), folds.rows.end(),
                    [&](const auto& row) { return row[status].compare(0, 4, "done") == 0; }));
}

std::size_t different(const Sheet& sheet, const char* column) {
  std::set<std::string> values;
  for (const auto& row : sheet.rows) values.insert(row[sheet.at(column)]);
  return values.size();
}

// "100,000 interactions of 943 users with 1,682 items (ml-100k: 100,000 ratings)"
std::string data_text(const Json& data) {
  const auto count = [&](const char* key) { return data.value(key, std::size_t{0}); };
  const std::string note = data.value("note", "");
  return fmt::format(
      "{} of {} with {}{}", counted(count("interactions"), "interaction", "interactions"),
      counted(count("users"), "user", "users"), counted(count("items"), "item", "items"),
      note.empty() ? "" : " (" + note + ")");
}

std::string fact(const std::string& name, const std::string& value) {
  return value.empty()
             ? ""
             : "<div><dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd></div>\n";
}

std::string facts(const RunFiles& run, const std::vector<Entry>& entries) {
  std::string html = "<dl class=\"facts\">\n";
  const auto data = run.manifest.find("data");
  if (data != run.manifest.end() && data->is_array()) {
    for (const Json& each : *data) {
      if (each.is_object()) html += fact("data", data_text(each));
    }
  }
  if (run.folds) {
    const Sheet& folds = *run.folds;
    std::string models;
    for (const std::string& model : models_of(entries))
      models += (models.empty() ? "" : ", ") + model;
    html += fact("models", models);
    const std::size_t repeats = different(folds, "repeat");
    html += fact("settings", fmt::format("{} on {}{}", entries.size(),
                                         counted(different(folds, "fold"), "fold", "folds"),
                                         repeats > 1 ? fmt::format(", {} times", repeats) : ""));
    html += fact("cells", fmt::format("{} of {} done", done_cells(folds), folds.rows.size()));
  }
  // "2026-11-25T08:26:22Z", to the minute
  std::string started = manifest_text(run, "started");
  if (started.size() == 20) started = started.substr(0, 10) + " " + started.substr(11, 5) + " UTC";
  html += fact("started", started);
  const auto wall = run.manifest.find("wall_seconds");
  if (wall != run.manifest.end() && wall->is_number() && wall->get<double>() > 0) {
    html += fact("took", run::duration_text(wall->get<double>()));
  }
  const auto machine = run.manifest.find("machine");
  if (machine != run.manifest.end() && machine->is_object()) {
    html +=
        fact("machine",
             fmt::format("{}, {}", machine->value("cpu", "unknown CPU"),
                         counted(machine->value("threads", std::size_t{1}), "thread", "threads")));
  }
  return html + "</dl>\n";
}

std::string state_html(const RunFiles& run) {
  const std::string state = run.state();
  const char* css = state == "done" ? "good" : state == "running" ? "busy" : "bad";
  return std::string("<span class=\"state ") + css + "\">" + escaped(state) + "</span>";
}

// One section of the page, kept for the list of links.
struct Section {
  std::string id, title, html;
};

std::string results_html(const RunFiles& run) {
  if (!run.results || run.results->rows.empty()) {
    const std::string state = run.state();
    return std::string("<p class=\"note\">No results yet: ") +
           (run.held ? "the run is working. Its tables are written when it ends."
                     : "the run has not come to its end. Run the same command again: what is done "
                       "is kept, and only what is missing runs.") +
           "</p>\n";
  }
  std::string html = to_html(results_html_table(run));
  html +=
      "<p class=\"note\">Bold with a star: the best of its column. Means ± standard deviations "
      "over folds and repeats.";
  for (const auto& [name, said] : constant_columns(run)) {
    html += " <b>" + escaped(name) + "</b> of all rows: " + escaped(said) + ".";
  }
  return html + "</p>\n";
}

std::string pictures_html(const PictureSection& section, const std::vector<Picture>& pictures,
                          std::size_t& next) {
  std::string html, said;
  for (const ChartGroup& group : section.groups) {
    if (!group.title.empty()) html += "<h3>" + escaped(group.title) + "</h3>\n";
    if (group.note != said) html += "<p class=\"note\">" + escaped(group.note) + "</p>\n";
    said = group.note;
    html += "<div class=\"pictures\">\n";
    for (std::size_t n = 0; n < group.charts.size(); ++n) {
      html += "<figure>" + pictures.at(next++).svg + "</figure>\n";
    }
    html += "</div>\n";
  }
  return html;
}

}  // namespace

std::vector<PictureSection> picture_sections(const RunFiles& run) {
  const std::vector<Entry> entries = entries_of(run);
  std::vector<PictureSection> sections;
  std::set<std::string> names;
  for (const PictureKind& kind : kPictureKinds) {
    PictureSection section{kind.id, kind.title, kind.groups(run, entries)};
    for (ChartGroup& group : section.groups) {
      for (Chart& chart : group.charts) {
        const std::string name = chart.name;
        for (int n = 2; !names.insert(chart.name).second; ++n) {
          chart.name = name + "-" + std::to_string(n);
        }
      }
    }
    if (!section.groups.empty()) sections.push_back(std::move(section));
  }
  return sections;
}

std::string page_of(const RunFiles& run, const std::vector<PictureSection>& sections,
                    const std::vector<Picture>& pictures) {
  const std::string name = escaped(manifest_text(run, "name"));
  std::vector<Section> all = {{"results", "Results", results_html(run)}};
  if (const auto failures = failures_html_table(run)) {
    all.push_back({"failures", "Not done", to_html(*failures)});
  }
  std::size_t next = 0;
  for (const PictureSection& section : sections) {
    all.push_back({section.id, section.title, pictures_html(section, pictures, next)});
  }
  if (const auto comparisons = comparisons_html_table(run)) {
    all.push_back({"significance", "Significance",
                   "<p class=\"note\">The difference is a's mean minus b's, with its confidence "
                   "interval. Bold: below 0.05 after Holm's correction.</p>\n" +
                       to_html(*comparisons)});
  }
  all.push_back(
      {"spec", "Spec", folded_html("spec.yaml, every default filled in", yaml_html(run.spec))});
  all.push_back(
      {"manifest", "Made with",
       "<div class=\"manifest\">" + json_html(run.manifest) + "</div>\n" +
           folded_html("manifest.json", "<pre>" + escaped(run.manifest.dump(2)) + "</pre>\n")});

  std::string links, body;
  for (const Section& section : all) {
    links += "<a href=\"#" + section.id + "\">" + escaped(section.title) + "</a>\n";
    body += "<section id=\"" + section.id + "\">\n<h2>" + escaped(section.title) + "</h2>\n" +
            section.html + "</section>\n";
  }
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n<title>" +
         name + "</title>\n<style>\n" + ink_css() + kPageCss +
         "</style>\n</head>\n<body>\n<header>\n<h1>" + name + " " + state_html(run) + "</h1>\n" +
         facts(run, entries_of(run)) + "<nav aria-label=\"Sections\">\n" + links +
         "</nav>\n</header>\n<main>\n" + body +
         "</main>\n<footer>Written by <code>cofi report</code>; the pictures alone are in "
         "<code>pictures/</code>, the numbers in <code>results.csv</code> and "
         "<code>folds.csv</code>.</footer>\n<script>\n" +
         kPageJs + "</script>\n</body>\n</html>\n";
}

}  // namespace cofi::report
