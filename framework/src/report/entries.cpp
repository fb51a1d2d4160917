#include "report/entries.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/moments.hpp"

namespace cofi::report {
namespace {

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// "models.svd." of models.svd.factors, "" of others.
std::string model_of_path(const std::string& path) {
  if (path.compare(0, 7, "models.") != 0) return "";
  const std::size_t dot = path.find('.', 7);
  return dot == std::string::npos ? "" : path.substr(0, dot + 1);
}

// "rmse" of "validation_rmse" and "train_rmse"; others as they are.
std::string test_metric(const RunFiles& run, const std::string& metric) {
  for (const std::string prefix : {"train_", "validation_"}) {
    if (metric.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string test = metric.substr(prefix.size());
    if (std::find(run.metrics.begin(), run.metrics.end(), test) != run.metrics.end()) return test;
  }
  return metric;
}

std::string tail_of(const std::vector<std::string>& parts, std::size_t count) {
  std::string text;
  for (std::size_t n = parts.size() - count; n < parts.size(); ++n) {
    text += (text.empty() ? "" : ".") + parts[n];
  }
  return text;
}

template <class Get>
std::vector<std::string> distinct(const std::vector<Entry>& entries, Get get) {
  std::vector<std::string> all;
  for (const Entry& entry : entries) {
    const std::string& text = get(entry);
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
  }
  return all;
}

}  // namespace

Estimate estimate_of(const std::vector<double>& values) {
  const stats::Moments moments = stats::moments_of(values);
  Estimate estimate{moments.mean, 0, moments.mean, moments.mean};
  if (values.size() < 2) return estimate;
  const auto n = static_cast<double>(values.size());
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  estimate.deviation = moments.deviation;
  estimate.low = moments.mean - t * moments.deviation / std::sqrt(n);
  estimate.high = moments.mean + t * moments.deviation / std::sqrt(n);
  return estimate;
}

std::string estimate_text(const Estimate& estimate) {
  return estimate.low == estimate.high
             ? fmt::format("{:.4f}", estimate.mean)
             : fmt::format("{:.4f} ± {:.4f}", estimate.mean, estimate.deviation);
}

bool Entry::has(const std::string& metric) const {
  const auto found = values.find(metric);
  return complete && found != values.end() && found->second.size() == cells;
}

Estimate Entry::of(const std::string& metric) const { return estimate_of(values.at(metric)); }

const std::string& Entry::value(const RunFiles& run, const std::string& path) const {
  static const std::string none;
  const auto found = std::find(run.settings.begin(), run.settings.end(), path);
  return found == run.settings.end()
             ? none
             : setting[static_cast<std::size_t>(found - run.settings.begin())];
}

std::vector<Entry> entries_of(const RunFiles& run) {
  std::vector<Entry> entries;
  if (!run.folds) return entries;
  const Sheet& folds = *run.folds;
  const std::size_t status = folds.at("status"), first = folds.at("seed") + 1;
  std::map<std::vector<std::string>, std::size_t> places;
  for (const auto& row : folds.rows) {
    const std::vector<std::string> setting(
        row.begin(), row.begin() + static_cast<std::ptrdiff_t>(run.settings.size()));
    const auto [place, is_new] = places.emplace(setting, entries.size());
    if (is_new) {
      entries.emplace_back();
      Entry& entry = entries.back();
      entry.setting = setting;
      entry.dataset = entry.value(run, "dataset");
      entry.model = entry.value(run, "model");
      entry.label = label_of(run, setting);
      const std::size_t comma = entry.label.find(", ");
      entry.setting_text = comma == std::string::npos ? entry.model : entry.label.substr(comma + 2);
    }
    Entry& entry = entries[place->second];
    ++entry.cells;
    if (row[status].compare(0, 4, "done") != 0) entry.complete = false;
    for (std::size_t m = 0; m < run.metrics.size(); ++m) {
      const double value = number_of(row[first + m]);
      if (std::isfinite(value)) entry.values[run.metrics[m]].push_back(value);
    }
  }
  return entries;
}

std::string short_name(const RunFiles& run, const std::string& path) {
  const std::vector<std::string> parts = parts_of(path);
  const std::string model = model_of_path(path);
  for (std::size_t count = 1; count < parts.size(); ++count) {
    const std::string tail = tail_of(parts, count);
    const bool taken = std::any_of(run.swept.begin(), run.swept.end(), [&](const auto& other) {
      const std::string its_model = model_of_path(other);
      if (other == path || (!model.empty() && !its_model.empty() && model != its_model))
        return false;
      const std::vector<std::string> others = parts_of(other);
      return others.size() >= count && tail_of(others, count) == tail;
    });
    if (!taken) return tail;
  }
  return path;
}

std::string label_of(const RunFiles& run, const std::vector<std::string>& setting) {
  std::string dataset, label;
  for (std::size_t n = 0; n < run.settings.size(); ++n) {
    const std::string& name = run.settings[n];
    if (name == "dataset") {
      dataset = setting[n] + ": ";
    } else if (name == "model") {
      label = setting[n];
    } else if (name != "candidates" && !setting[n].empty()) {
      label += ", " + short_name(run, name) + " " + setting[n];
    }
  }
  return dataset + label;
}

std::vector<std::string> shown_metrics(const RunFiles& run, const std::vector<Entry>& entries) {
  const auto having = [&](const std::string& metric) {
    return std::count_if(entries.begin(), entries.end(),
                         [&](const Entry& entry) { return entry.has(metric); });
  };
  std::vector<std::string> shown;
  for (const std::string& metric : run.metrics) {
    const std::string test = test_metric(run, metric);
    const std::string validation = "validation_" + metric;
    if (test == metric) {
      if (having(metric) > 0 && having(metric) >= having(validation)) shown.push_back(metric);
    } else if (metric.compare(0, 11, "validation_") == 0 && having(metric) > having(test)) {
      shown.push_back(metric);
    }
  }
  return shown;
}

std::vector<std::string> datasets_of(const std::vector<Entry>& entries) {
  return distinct(entries, [](const Entry& entry) -> const std::string& { return entry.dataset; });
}

std::vector<std::string> models_of(const std::vector<Entry>& entries) {
  return distinct(entries, [](const Entry& entry) -> const std::string& { return entry.model; });
}

const Entry* best_of(const RunFiles& run, const std::vector<const Entry*>& entries,
                     const std::string& metric) {
  const std::vector<const Entry*> best = best_few(run, entries, metric, 1);
  return best.empty() || !best.front()->has(metric) ? nullptr : best.front();
}

std::vector<const Entry*> best_few(const RunFiles& run, const std::vector<const Entry*>& entries,
                                   const std::string& metric, std::size_t most) {
  if (entries.size() <= most && most > 1) return entries;
  const double sign = run.higher_is_better(metric) ? -1 : 1;
  const auto cost = [&](const Entry* entry) {
    return entry->has(metric) ? sign * entry->of(metric).mean
                              : std::numeric_limits<double>::infinity();
  };
  std::vector<const Entry*> ranked = entries;
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](const Entry* a, const Entry* b) { return cost(a) < cost(b); });
  std::vector<std::string> models;
  std::vector<const Entry*> firsts, others;
  for (const Entry* entry : ranked) {
    const bool known = std::find(models.begin(), models.end(), entry->model) != models.end();
    if (!known) models.push_back(entry->model);
    (known ? others : firsts).push_back(entry);
  }
  firsts.insert(firsts.end(), others.begin(), others.end());
  if (firsts.size() > most) firsts.resize(most);
  return firsts;
}

}  // namespace cofi::report
