#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "cofi/files.hpp"
#include "cofi/iterative_model.hpp"

#include "core/suggest.hpp"
#include "run/commands.hpp"
#include "run/csv.hpp"
#include "run/fit.hpp"
#include "run/folder.hpp"
#include "run/saved_model.hpp"
#include "run/saved_run.hpp"
#include "run/workshop.hpp"

namespace cofi::run {
namespace {
namespace fs = std::filesystem;

// A row in the middle of each search, for what does not depend on what is searched.
void add_searched(spec::Experiment& experiment) {
  for (const spec::Search& search : experiment.searches) {
    experiment.rows.push_back(
        search.row(std::vector<double>(search.keys.size(), 0.5), search.most));
  }
}

// The spec of a run's folder, its relative paths meant as in the spec that was run; or a spec.
spec::Experiment experiment_of(const ExportOptions& options, const plugin::Registry& registry) {
  if (!fs::is_directory(options.source)) {
    spec::Experiment experiment =
        spec::load_experiment(options.source, options.overrides, registry);
    add_searched(experiment);
    return experiment;
  }
  spec::Experiment experiment = experiment_of_run(options.source, options.overrides, registry);
  add_searched(experiment);
  return experiment;
}

std::string csv_of(const Data& data, const std::vector<std::int32_t>& rows) {
  const Interactions& all = data.interactions;
  const bool times = !all.times.empty();
  std::string text = times ? "user,item,value,time\n" : "user,item,value\n";
  for (const std::int32_t n : rows) {
    const auto row = static_cast<std::size_t>(n);
    text += csv_field(std::string(data.users.name(all.users[row]))) + ',' +
            csv_field(std::string(data.items.name(all.items[row]))) + ',' +
            fmt::format("{}", all.values[row]);
    if (times) text += ',' + std::to_string(all.times[row]);
    text += '\n';
  }
  return text;
}

// The dense ids that saved models use, and the source's own.
std::string csv_of(const Vocabulary& vocabulary, const std::string& name) {
  std::string text = csv_line({"id", name});
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    text += csv_line({std::to_string(id), std::string(vocabulary.name(id))});
  }
  return text;
}

void write(const std::string& path, const std::string& text) {
  std::error_code failure;
  fs::create_directories(fs::path(path).parent_path(), failure);
  if (failure) throw Error("cannot create the folder of ", path, ": ", failure.message());
  write_file(path, text);
}

}  // namespace

int export_split(const ExportOptions& options, const plugin::Registry& registry) {
  const spec::Experiment experiment = experiment_of(options, registry);
  const OpenWorkshop open(experiment, registry);
  const Workshop& workshop = open.workshop;
  // Rows of the same data and split export once; several are told apart by dataset and number.
  std::set<std::string> seen;
  std::vector<const spec::Row*> divisions;
  for (const spec::Row& row : experiment.rows) {
    if (seen.insert(row.dataset + row.dataset_spec.dump() + row.filters.dump() + Folds::key(row))
            .second) {
      divisions.push_back(&row);
    }
  }
  for (std::size_t n = 0; n < divisions.size(); ++n) {
    const spec::Row& row = *divisions[n];
    std::string folder = options.out;
    if (!row.dataset.empty()) folder += "/" + row.dataset;
    if (divisions.size() > 1) folder += "/split-" + std::to_string(n);
    const auto source = workshop.sources.load(row);
    write(folder + "/users.csv", csv_of(source->data.users, "user"));
    write(folder + "/items.csv", csv_of(source->data.items, "item"));
    const std::int64_t folds = workshop.folds.count(row);
    for (std::int64_t k = 0; k < folds; ++k) {
      const auto fold = workshop.folds.at(source, row, k);
      const std::string place = folds > 1 ? folder + "/fold-" + std::to_string(k) : folder;
      write(place + "/train.csv", csv_of(source->data, fold->split.train));
      write(place + "/test.csv", csv_of(source->data, fold->split.test));
      if (!fold->split.fold_in.empty()) {
        write(place + "/fold_in.csv", csv_of(source->data, fold->split.fold_in));
      }
      if (!row.validation.is_null()) {
        write(place + "/validation.csv", csv_of(source->data, fold->split.validation));
      }
    }
  }
  return 0;
}

int export_model(const ExportOptions& options, const plugin::Registry& registry) {
  spec::Experiment experiment = experiment_of(options, registry);
  std::set<std::string> models;
  for (const spec::Row& row : experiment.rows) models.insert(row.model);
  const std::vector<std::string> there(models.begin(), models.end());
  const std::string wanted = options.model.empty() && there.size() == 1 ? there[0] : options.model;
  if (wanted.empty()) {
    throw Error(options.source, " has several models; choose one with --model: ", join(there));
  }
  if (models.count(wanted) == 0) {
    throw Error(options.source, " has no model '", wanted, "'", choices(wanted, there));
  }
  const OpenWorkshop open(experiment, registry);
  const Workshop& workshop = open.workshop;
  const Plan plan = make_plan(std::move(experiment), workshop);
  for (const Cell& cell : plan.cells) {
    const PlannedRow& row = plan.rows[cell.row];
    if (row.row->model != wanted) continue;
    const std::string name = row.row->model_spec.at("use").get<std::string>();
    if ((registry.get("model", name).uses & COFI_USES_TRAIN) == 0) {
      throw Error("model '", wanted, "': model/", name,
                  " has no initial state: it does not train in epochs");
    }
    const auto fold = workshop.folds.at(row.source, *row.row, cell.fold);
    SharedWork shared;
    Monitor monitor;
    with_context(row, *fold, cell.seed, workshop, shared, monitor,
                 [&](Model& model, const FitContext& context) {
                   auto& iterative = static_cast<IterativeModel&>(model);
                   iterative.begin(context);
                   saved(model, row, *fold).write(options.out);
                   iterative.end();
                 });
    return 0;
  }
  return 0;
}

}  // namespace cofi::run
