#include "run/fit_key.hpp"

#include <algorithm>
#include <filesystem>

#include "run/digest.hpp"
#include "run/plugin_tree.hpp"
#include "run/ranking.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {
namespace {

using Digests = std::map<std::string, std::string>;

// The metric that training itself looks at, and null where it looks at none.
spec::Json watched_metric(const PlannedRow& row, bool validated) {
  const spec::Json& train = row.row->train;
  if (train.is_null() || !validated) return nullptr;
  const bool plateau = train.at("schedule").at("use") == "reduce_on_plateau";
  if (train.at("early_stopping").is_null() && !plateau) return nullptr;
  return row.row->metrics.at(row.watched);
}

// Whether an epoch is the same however many follow it, as far as training decides it.
bool epochs_stand_alone(const spec::Json& train, bool validated) {
  if (train.is_null() || !train.at("early_stopping").is_null()) return false;
  const std::string schedule = train.at("schedule").at("use").get<std::string>();
  if (schedule != "constant" && schedule != "step" && schedule != "exponential") return false;
  // The last epoch is validated in any case, which the history would show.
  return !validated || train.at("validate") == 1;
}

// What a model's parameter `path` names, where that is a file; else empty. An Error where there is
// nothing of that name.
std::string file_of(const spec::Json& model, const SearchPath& paths) {
  if (!model.contains("path") || !model.at("path").is_string()) return "";
  const std::string found = paths.find(model.at("path").get<std::string>());
  return std::filesystem::is_regular_file(found) ? found : "";
}

// Whether training adds up the ranks' gradients in floating point, that of nested models, too.
bool sums_floats(const spec::Json& spec) {
  if (spec.is_object() && spec.contains("batch_scope") && spec.at("sum") == "float") return true;
  return spec.is_structured() && std::any_of(spec.begin(), spec.end(), sums_floats);
}

}  // namespace

FitKeys fit_keys(const PlannedRow& row, const FoldFacts& fold, std::uint64_t seed,
                 const Workshop& workshop) {
  const spec::Row& spec = *row.row;
  Digests plugins;
  spec::Json model = spec.model_spec;
  take_late(workshop.registry, "model", model);
  add_plugin_digests(workshop.registry, "model", spec.model_spec, plugins);
  add_plugin_digests(workshop.registry, "optimizer", spec.optimizer, plugins);

  spec::Json key;
  key["framework"] = digest_of_framework();
  key["data"] = row.source->digest;
  key["split"] = fold.digest;
  key["model"] = model;
  key["optimizer"] = spec.optimizer;
  key["train"] = spec.train;
  key["seed"] = seed;
  key["device"] = workshop.device.is_cpu() ? "cpu" : "cuda";
  if (!spec.train.is_null()) {
    key["train"].erase("checkpoint");  // how often state is saved changes no result
    // Steps for batches of the ranks' own are another algorithm for each number of ranks.
    if (spec.train.at("batch_scope") == "rank") key["ranks"] = workshop.fitting_ranks;
    const spec::Json& warm = spec.train.at("warm_start");
    if (!warm.is_null()) {
      key["warm_start"] = digest_of_file(workshop.paths.find(warm.get<std::string>()));
    }
  }
  const spec::Json watched = watched_metric(row, fold.validated);
  if (!watched.is_null()) {
    key["watched"] = watched;
    key["cold_start"] = spec.evaluate.at("cold_start");
    add_plugin_digests(workshop.registry, "metric", watched, plugins);
    if (row.metrics[row.watched].metric->ranking().any()) key["ranking"] = ranking_key(row);
  }
  if (!row.epochs.empty()) {
    spec::Json metrics = spec::Json::array();
    for (std::size_t n = 0; n < std::min(spec.own_metrics, spec.metrics.size()); ++n) {
      metrics.push_back(spec.metrics[n]);
    }
    key["curve"] = {spec.evaluate.at("epochs"), spec.evaluate.at("cold_start"), metrics,
                    ranking_key(row)};
  }
  const std::string file = file_of(model, workshop.paths);
  if (!file.empty()) key["file"] = digest_of_file(file);
  key["plugins"] = plugins;
  spec::Json family = key;
  if (row.epochs_stand_alone && epochs_stand_alone(spec.train, fold.validated)) {
    family["train"].erase("epochs");
  }
  if (sums_floats(spec.train) || sums_floats(spec.model_spec)) {
    key["ranks"] = workshop.fitting_ranks;
  }
  return {digest_of_text(key.dump()), digest_of_text(family.dump())};
}

std::string late_key(const PlannedRow& row, const plugin::Registry& registry) {
  spec::Json model = row.row->model_spec;
  spec::Json key;
  key["late"] = take_late(registry, "model", model);
  key["cold_start"] = row.row->evaluate.at("cold_start");
  return digest_of_text(key.dump());
}

std::string metric_key(const PlannedRow& row, const std::string& part, const spec::Json& metric,
                       const plugin::Registry& registry) {
  Digests plugins;
  add_plugin_digests(registry, "metric", metric, plugins);
  spec::Json key = {part, row.late_key, metric, plugins};
  const std::string name = metric.at("use").get<std::string>();
  if ((registry.get("metric", name).uses & COFI_USES_RANKING) != 0) {
    key.push_back(ranking_key(row));
  }
  return digest_of_text(key.dump());
}

std::string evaluation_key(const PlannedRow& row, const std::string& part) {
  return part + " " + row.late_key + (ranks_items(row) ? " " + ranking_key(row).dump() : "");
}

}  // namespace cofi::run
