#include "report/chart_groups.hpp"

#include <algorithm>
#include <set>

#include "report/text_size.hpp"
#include "run/text.hpp"

namespace cofi::report {

void set_metric_title(const RunFiles& run, const std::string& metric, const std::string& dataset,
                      Axis& axis) {
  axis.title = printable(metric + (dataset.empty() ? "" : ", " + dataset));
  axis.aside = run.higher_is_better(metric) ? "higher is better" : "lower is better";
}

std::vector<std::size_t> styles_of(const std::vector<const Entry*>& chosen,
                                   const std::vector<std::string>& models) {
  std::set<std::string> different;
  for (const Entry* entry : chosen) different.insert(entry->model);
  std::vector<std::size_t> styles;
  for (const Entry* entry : chosen) {
    const auto place = std::find(models.begin(), models.end(), entry->model) - models.begin();
    styles.push_back(different.size() == chosen.size() ? static_cast<std::size_t>(place)
                                                       : styles.size());
  }
  return styles;
}

double best_possible(const RunFiles& run, const std::string& metric, const std::string& dataset) {
  if (!run.results) return number_of("");
  const Sheet& results = *run.results;
  const auto column = results.find(metric), of_dataset = results.find("dataset");
  const std::size_t model = results.at("model");
  for (const auto& row : results.rows) {
    if (row[model] != "(best possible)" || !column) continue;
    if (of_dataset && row[*of_dataset] != dataset) continue;
    // One for each setting of the data is none for all.
    const bool of_all = std::all_of(run.swept.begin(), run.swept.end(), [&](const auto& path) {
      return row[results.at(path)].empty();
    });
    if (of_all) return number_of(row[*column]);
  }
  return number_of("");
}

std::vector<const Entry*> entries_on(const std::vector<Entry>& entries,
                                     const std::string& dataset) {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries) {
    if (entry.dataset == dataset) found.push_back(&entry);
  }
  return found;
}

void thin_ticks(Chart& chart) {
  while (chart.x.ticks.size() > 2 && frame_of(chart).turned) {
    std::vector<Tick> kept;
    for (std::size_t n = 0; n < chart.x.ticks.size(); n += 2) kept.push_back(chart.x.ticks[n]);
    chart.x.ticks = std::move(kept);
  }
}

std::string chart_name(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    name += (name.empty() ? "" : "-") + run::file_name_of(part);
  }
  return name;
}

}  // namespace cofi::report
