#include "run/trained_model.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "core/suggest.hpp"
#include "run/cell_runner.hpp"
#include "run/journal.hpp"
#include "run/saved_model.hpp"
#include "run/saved_run.hpp"
#include "run/searching.hpp"
#include "run/selection.hpp"

namespace cofi::run {
namespace {

namespace fs = std::filesystem;

// With the rows that the run's searches came to.
Plan plan_of(spec::Experiment experiment, const Journal& journal, const Workshop& workshop) {
  Plan plan = make_plan(std::move(experiment), workshop);
  Searching searching(plan);
  while (searching.next(plan, journal, workshop)) {
  }
  if (plan.experiment.select) mark_selected(plan, journal);
  return plan;
}

const Cell& chosen(const Plan& plan, const Journal& journal, const ModelChoice& choice) {
  std::set<std::string> keys;
  for (const PlannedRow& row : plan.rows) keys.insert(row.row->model);
  const std::vector<std::string> models(keys.begin(), keys.end());
  if (choice.model.empty() && models.size() > 1) {
    throw Error(choice.folder, " has several models; choose one with --model: ", join(models));
  }
  const std::string wanted = choice.model.empty() ? models.at(0) : choice.model;
  std::vector<const Cell*> kept;
  std::vector<std::string> settings, folds;  // of what is kept, each once
  const auto add_once = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  bool known = false;
  for (const Cell& cell : plan.cells) {
    const PlannedRow& row = plan.rows[cell.row];
    const std::string setting = name_of(row);
    if (row.row->model != wanted && setting != wanted) continue;
    known = true;
    if (plan.experiment.select && !cell.selected) continue;
    const FitRecord fit = journal.fit(cell.fit);
    const bool there = fit.status == FitRecord::Status::kDone && !fit.model.empty() &&
                       fs::exists(fs::path(choice.folder) / fit.model);
    if (!there) continue;
    add_once(folds, std::to_string(cell.fold));
    if (choice.fold && cell.fold != *choice.fold) continue;
    add_once(settings, setting);
    kept.push_back(&cell);
  }
  if (!known) throw Error(choice.folder, " has no model '", wanted, "'", choices(wanted, models));
  if (folds.empty()) {
    throw Error(choice.folder, " has no saved model of '", wanted,
                "'; run its spec with save: all (or save: selected with select)");
  }
  if (kept.empty()) {
    throw Error(choice.folder, " has no saved model of '", wanted, "' and fold ", *choice.fold,
                "; there are: ", join(folds));
  }
  // Each fold's own choice may be another setting.
  const bool per_fold = plan.experiment.select && plan.experiment.select->per_fold;
  if (settings.size() > 1 && !per_fold) {
    std::string list;
    for (const std::string& setting : settings) list += "\n  --model '" + setting + "'";
    throw Error(choice.folder, " has several settings of '", wanted, "'; choose one:", list);
  }
  return *kept.front();
}

std::int32_t find(const Vocabulary& vocabulary, const std::string& external, const char* what) {
  const std::int32_t id = vocabulary.find(external);
  if (id != Vocabulary::kUnknown) return id;
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(vocabulary.size()));
  for (std::int32_t known = 0; known < vocabulary.size(); ++known) {
    names.emplace_back(vocabulary.name(known));
  }
  throw Error("the data has no ", what, " '", external, "'", did_you_mean(external, names),
              "; it is written as in the dataset's own files");
}

}  // namespace

TrainedModel::TrainedModel(const ModelChoice& choice, const plugin::Registry& registry) {
  spec::Experiment experiment = experiment_of_run(choice.folder, {}, registry);
  open_ = std::make_unique<OpenWorkshop>(experiment, registry);
  const Workshop& workshop = open_->workshop;
  const Journal journal(choice.folder, experiment.name, true);
  const Plan plan = plan_of(std::move(experiment), journal, workshop);
  const Cell& cell = chosen(plan, journal, choice);
  const PlannedRow& row = plan.rows[cell.row];
  source_ = row.source;
  fold_ = workshop.folds.at(source_, *row.row, cell.fold);
  const std::string file = choice.folder + "/" + journal.fit(cell.fit).model;
  model_ = loaded(Archive::read(file, workshop.device), row, registry);
  cold_start_ =
      std::make_unique<eval::ColdStartGuard>(*model_, row.cold_start, fold_->user_counts,
                                             fold_->item_counts, &fold_->fold_in, workshop.pool);
  name_ = name_of(plan, cell);
}

std::int32_t TrainedModel::user(const std::string& external) const {
  return find(data().users, external, "user");
}
std::int32_t TrainedModel::item(const std::string& external) const {
  return find(data().items, external, "item");
}

std::string TrainedModel::title(std::int32_t item) const {
  const std::vector<std::string>& titles = data().titles;
  return item < 0 || titles.empty() ? "" : titles[static_cast<std::size_t>(item)];
}

}  // namespace cofi::run
