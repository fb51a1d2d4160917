#include "run/plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "cofi/iterative_model.hpp"
#include "cofi/model.hpp"
#include "cofi/optimizer.hpp"

#include "run/fit_key.hpp"
#include "run/fold_notes.hpp"
#include "run/lists_export.hpp"
#include "run/ranking.hpp"
#include "run/text.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {
namespace {

std::string column_of(const std::string& part, const std::string& metric) {
  return part == "test" ? metric : part + "_" + metric;
}

// The metric that training looks at on validation data: early stopping's, else the first.
std::size_t watched_metric(const spec::Row& row, const std::vector<eval::NamedMetric>& metrics) {
  if (row.train.is_null() || row.train.at("early_stopping").is_null()) return 0;
  const std::string wanted = row.train.at("early_stopping").at("metric").get<std::string>();
  std::string there;
  for (std::size_t n = 0; n < metrics.size(); ++n) {
    if (metrics[n].column == wanted) return n;
    there += (n == 0 ? "" : ", ") + metrics[n].column;
  }
  throw Error(row.place, ": train.early_stopping.metric: '", wanted,
              "' is none of the metrics: ", there);
}

PlannedRow plan_row(spec::Row given, bool selects, const Workshop& workshop) {
  const plugin::Registry& registry = workshop.registry;
  PlannedRow planned;
  planned.row = std::make_shared<const spec::Row>(std::move(given));
  const spec::Row& row = *planned.row;
  planned.source = workshop.sources.load(row);
  planned.folds = workshop.folds.count(row);
  planned.cold_start = row.evaluate.at("cold_start") == "model" ? eval::ColdStart::kModel
                                                                : eval::ColdStart::kAverage;
  planned.parts = row.evaluate.at("on").get<std::vector<std::string>>();
  if (selects && std::count(planned.parts.begin(), planned.parts.end(), "validation") == 0) {
    planned.parts.emplace_back("validation");
  }
  planned.epochs = row.evaluate.at("epochs").get<std::vector<std::int64_t>>();
  planned.slug = file_name_of((row.dataset.empty() ? "" : row.dataset + ".") + row.model);
  for (const spec::Json& metric : row.metrics) {
    const cofi_plugin& plugin = registry.get("metric", metric.at("use").get<std::string>());
    planned.metrics.push_back(
        {spec::metric_column(metric, plugin), registry.build<Metric>(metric, "metrics")});
  }
  check_export(planned);
  planned.watched = watched_metric(row, planned.metrics);
  planned.late_key = late_key(planned, registry);
  for (const std::string& part : planned.parts) {
    for (std::size_t n = 0; n < planned.metrics.size(); ++n) {
      planned.measures.push_back({part, n, column_of(part, planned.metrics[n].column),
                                  metric_key(planned, part, row.metrics.at(n), registry)});
    }
  }
  for (const spec::Json& strata : row.evaluate.at("strata")) {
    for (std::string& name : eval::stratum_names(strata.get<std::string>())) {
      planned.strata.push_back({strata.get<std::string>(), std::move(name)});
    }
  }
  for (std::size_t s = 0; s < planned.strata.size(); ++s) {
    const std::string part = "test/" + planned.strata[s].strata + "=" + planned.strata[s].name;
    for (std::size_t n = 0; n < planned.metrics.size(); ++n) {
      planned.in_strata.push_back({"test", n, planned.metrics[n].column,
                                   metric_key(planned, part, row.metrics.at(n), registry), s + 1});
    }
  }
  // Built once for what their constructors have to say.
  const auto model = registry.build<Model>(row.model_spec, row.place);
  planned.reads_times = model->reads_times();
  const auto* iterative = dynamic_cast<const IterativeModel*>(model.get());
  planned.epochs_stand_alone = iterative != nullptr && iterative->epochs_stand_alone();
  if (!row.optimizer.is_null()) registry.build<Optimizer>(row.optimizer, row.place);
  return planned;
}

// Of what is trained, which differs among rows that share folds and evaluation.
void check_stopping(const PlannedRow& row, bool validated, std::size_t k) {
  const spec::Json& train = row.row->train;
  if (validated || train.is_null() || train.at("early_stopping").is_null()) return;
  throw Error(row.row->place, ": train.early_stopping: fold ", k,
              " has no validation interactions to watch; give the split a "
              "'validation: <splitter>'");
}

void check_parts(const PlannedRow& row, const Fold& fold, std::int64_t k) {
  for (const std::string& part : row.parts) {
    if (fold.part(part).size() > 0) continue;
    throw Error("evaluate.on: ", part, ": fold ", k, " of splitter/",
                row.row->split.at("use").get<std::string>(), " has no ", part, " interactions",
                part == "validation" ? "; give the split a 'validation: <splitter>'" : "");
  }
}

// The scores of the expected values, where the data has them and test is evaluated.
std::vector<eval::Score> best_scores(const PlannedRow& row, const Fold& fold) {
  if (row.source->data.expected.empty() ||
      std::count(row.parts.begin(), row.parts.end(), "test") == 0) {
    return {};
  }
  std::vector<float> expected;
  expected.reserve(fold.split.test.size());
  for (const std::int32_t n : fold.split.test) {
    expected.push_back(row.source->data.expected[static_cast<std::size_t>(n)]);
  }
  return eval::evaluate(expected, Output::kRating, 0, row.metrics, fold.test,
                        trained_for(row, fold, "test"));
}

// Makes each fold of rows that share them, and checks that the rows can be run on it.
std::vector<FoldFacts> look_at_folds(const std::vector<std::size_t>& rows, Plan& plan,
                                     const Workshop& workshop) {
  const PlannedRow& first = plan.rows[rows.front()];
  FoldNotes notes;
  std::vector<FoldFacts> facts;
  for (std::int64_t k = 0; k < first.folds; ++k) {
    const auto fold = workshop.folds.at(first.source, *first.row, k);
    const auto unseen = eval::count_unseen(fold->test, fold->user_counts, fold->item_counts);
    notes.add(*fold, unseen);
    for (const std::size_t n : rows) {
      check_parts(plan.rows[n], *fold, k);
      check_ranking(plan.rows[n], *fold, k);
    }
    facts.push_back(
        {fold->digest,
         fold->validation.size() > 0,
         unseen,
         fold->leaks.text(),
         static_cast<double>(fold->test.size()) / static_cast<double>(fold->train.size()),
         {},
         best_scores(first, *fold)});
    for (const eval::Stratum& stratum : strata_of(first, *fold)) {
      facts.back().strata.push_back(eval::size_of(stratum, fold->test));
    }
  }
  for (std::string& note : notes.all(first.row->evaluate.at("cold_start").get<std::string>())) {
    plan.notes.push_back(std::move(note));
  }
  return facts;
}

// One for all rows on the same data and split, whatever else is swept: models, how they are trained
// and evaluated. A setting that changes nothing of the data has one of its own all the same.
void add_best_possible(std::size_t n, const std::vector<FoldFacts>& folds, Plan& plan) {
  if (folds.empty() || folds.front().best.empty()) return;
  const PlannedRow& row = plan.rows[n];
  BestPossible best{n, {}, {}};
  for (const auto& each : row.row->swept) {
    const std::string top = each.first.substr(0, each.first.find('.'));
    for (const char* key : {"dataset", "datasets", "filters", "split", "seed"}) {
      if (top == key) best.swept.push_back(each);
    }
  }
  for (const BestPossible& other : plan.best_possible) {
    const PlannedRow& theirs = plan.rows[other.row];
    if (other.swept == best.swept && theirs.row->dataset == row.row->dataset &&
        theirs.source->digest == row.source->digest &&
        Folds::key(*theirs.row) == Folds::key(*row.row)) {
      return;
    }
  }
  for (const FoldFacts& fold : folds) best.folds.push_back(fold.best);
  plan.best_possible.push_back(std::move(best));
}

void add_cells(std::size_t n, const std::vector<FoldFacts>& folds, Plan& plan,
               const Workshop& workshop) {
  const PlannedRow& row = plan.rows[n];
  for (std::size_t k = 0; k < folds.size(); ++k) {
    check_stopping(row, folds[k].validated, k);
    for (std::int64_t repeat = 0; repeat < plan.experiment.repeat; ++repeat) {
      const auto seed = static_cast<std::uint64_t>(row.row->seed + repeat);
      const FitKeys keys = fit_keys(row, folds[k], seed, workshop);
      plan.cells.push_back({n, static_cast<std::int64_t>(k), repeat, seed, keys.fit, keys.family,
                            folds[k].unseen, folds[k].leaks, folds[k].digest,
                            folds[k].test_to_train, folds[k].strata});
    }
  }
}

}  // namespace

Plan make_plan(spec::Experiment experiment, const Workshop& workshop) {
  Plan plan;
  plan.experiment = std::move(experiment);
  add_rows(plan, std::exchange(plan.experiment.rows, {}), workshop);
  return plan;
}

void add_rows(Plan& plan, std::vector<spec::Row> rows, const Workshop& workshop) {
  const std::size_t before = plan.rows.size();
  for (spec::Row& row : rows) {
    plan.rows.push_back(plan_row(std::move(row), plan.experiment.select.has_value(), workshop));
  }
  // Rows that share their folds, so that each fold is made once.
  std::map<std::string, std::vector<std::size_t>> groups;
  std::vector<std::string> order;
  for (std::size_t n = before; n < plan.rows.size(); ++n) {
    const PlannedRow& row = plan.rows[n];
    const std::string key = row.source->digest + Folds::key(*row.row) + row.row->evaluate.dump();
    if (groups[key].empty()) order.push_back(key);
    groups[key].push_back(n);
  }
  for (const std::string& key : order) {
    auto known = plan.folds.find(key);
    if (known == plan.folds.end()) {
      known = plan.folds.emplace(key, look_at_folds(groups[key], plan, workshop)).first;
    }
    for (const std::size_t n : groups[key]) {
      add_cells(n, known->second, plan, workshop);
      add_best_possible(n, known->second, plan);
    }
  }
  std::stable_sort(plan.cells.begin(), plan.cells.end(), [](const Cell& a, const Cell& b) {
    return std::tie(a.row, a.fold, a.repeat) < std::tie(b.row, b.fold, b.repeat);
  });
}

}  // namespace cofi::run
