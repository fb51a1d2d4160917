#include "run/dry_run.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"

#include "run/cell_runner.hpp"
#include "run/fit.hpp"
#include "run/text.hpp"

namespace cofi::run {
namespace {

constexpr double kFloat = 4;               // bytes
constexpr double kMemoryBandwidth = 10e9;  // bytes a second that a rank's threads may hope for

// What training a row's model takes.
struct Cost {
  double parameters = 0;    // bytes of the tables
  double training = 0;      // of gradients and optimizer state
  double rating_bytes = 0;  // moved by an epoch's ratings: their rows, read, and their gradients
  double dense_bytes = 0;   // moved by an epoch's optimizer steps over whole tables; 0: lazy
  double wire_bytes = 0;    // sent by a rank in an epoch
};

Cost cost_of(Model& model, const PlannedRow& row, const Fold& fold, const FitContext& context) {
  Cost cost;
  double a_rating = 0;  // bytes of the rows that one rating touches
  for (const Parameter& parameter : model.parameters()) {
    const auto values = static_cast<double>(parameter.value.numel());
    const auto rows = static_cast<double>(std::max<std::int64_t>(1, parameter.value.size(0)));
    cost.parameters += kFloat * values;
    if (parameter.rows != Rows::kShared) a_rating += kFloat * values / rows;
  }
  if (context.optimizer == nullptr || row.row->train.is_null()) return cost;
  const auto states = static_cast<double>(context.optimizer->state_names().size());
  cost.training = cost.parameters * (1 + states);
  const auto n = static_cast<double>(fold.train.size());
  const double batches = std::ceil(n / static_cast<double>(context.options.batch));
  // A row is read, its gradient read and written; a step reads and writes the value, the states and
  // the gradient, which it clears.
  cost.rating_bytes = n * a_rating * 3;
  const bool passes = static_cast<GradientModel&>(model).runs_passes();  // it has an optimizer
  if (!passes && !context.optimizer->lazy())
    cost.dense_bytes = batches * cost.parameters * (4 + 2 * states);
  return cost;
}

Cost measure(const PlannedRow& row, const Fold& fold, std::uint64_t seed, const Workshop& workshop,
             int ranks) {
  Cost cost;
  const cofi_plugin& plugin =
      workshop.registry.get("model", row.row->model_spec.at("use").get<std::string>());
  if ((plugin.uses & COFI_USES_TRAIN) == 0) return cost;
  SharedWork shared;
  Monitor monitor;
  with_context(row, fold, seed, workshop, shared, monitor,
               [&](Model& model, const FitContext& context) {
                 auto& iterative = static_cast<IterativeModel&>(model);
                 iterative.begin(context);
                 cost = cost_of(model, row, fold, context);
                 cost.wire_bytes = iterative.epoch_traffic(ranks);
                 iterative.end();
               });
  return cost;
}

// What a world of so many ranks tells each other in an epoch, and when that takes longer than what
// they compute (docs/scaling.md).
std::string traffic_text(const Cost& cost, int ranks) {
  if (ranks == 1) return "";
  if (cost.wire_bytes == 0)
    return fmt::format("\n    each of {} ranks does all of the work", ranks);
  std::string text =
      fmt::format("\n    each of {} ranks sends {} an epoch", ranks, bytes_text(cost.wire_bytes));
  const double moved = (cost.rating_bytes + cost.dense_bytes) / ranks;
  if (moved == 0) return text;
  const double seconds = moved / kMemoryBandwidth;
  return text +
         fmt::format(
             " and moves {} in memory, {:.2g} s at 10 GB/s a rank: slower networks than {:.3g} "
             "MB/s a rank are waited for",
             bytes_text(moved), seconds, cost.wire_bytes / seconds / 1e6);
}

}  // namespace

void print_dry_run(const Plan& plan, const Workshop& workshop, const std::set<const Cell*>& done,
                   int ranks) {
  fmt::print("{}\n", spec::to_yaml(plan.experiment.resolved));
  double columns = 0;
  std::set<const Source*> seen;
  for (const PlannedRow& row : plan.rows) {
    const Data& data = row.source->data;
    if (!seen.insert(row.source.get()).second) continue;
    const double bytes = data.interactions.times.empty() ? 12 : 20;
    columns += 2 * bytes * static_cast<double>(data.interactions.size());
    fmt::print("data: {}{}\n", row.row->dataset.empty() ? "" : row.row->dataset + ": ",
               shape_of(data));
  }
  for (const std::string& note : plan.notes) fmt::print("note: {}\n", note);
  fmt::print("\n{} cells, {} of them done:\n", plan.cells.size(), done.size());
  double largest = 0;
  const PlannedRow* measured = nullptr;
  for (const Cell& cell : plan.cells) {
    const PlannedRow& row = plan.rows[cell.row];
    std::string needs;
    if (measured != &row) {
      measured = &row;
      const auto fold = workshop.folds.at(row.source, *row.row, cell.fold);
      const Cost cost = measure(row, *fold, cell.seed, workshop, ranks);
      largest = std::max(largest, cost.parameters + cost.training);
      if (cost.parameters > 0) {
        needs = fmt::format("  parameters {}, to train them {} more", bytes_text(cost.parameters),
                            bytes_text(cost.training));
      }
      if (cost.rating_bytes > 0) {
        needs +=
            fmt::format(", an epoch moves {}", bytes_text(cost.rating_bytes + cost.dense_bytes));
      }
      if (cost.dense_bytes > cost.rating_bytes) {
        needs += fmt::format(
            "\n    warning: the optimizer's steps over whole tables move {} an epoch, the ratings' "
            "own work {}: a larger batch or a lazy optimizer would be faster",
            bytes_text(cost.dense_bytes), bytes_text(cost.rating_bytes));
      }
      if (cost.parameters > 0) needs += traffic_text(cost, ranks);
    }
    fmt::print("  {} {}{}\n", done.count(&cell) > 0 ? "done   " : "missing", name_of(plan, cell),
               needs);
  }
  fmt::print("\nmemory: about {} for the data and the largest model, beside {} for the program{}\n",
             bytes_text(columns + largest), "200 MB",
             ranks == 1 ? "" : ", a rank; the data's columns are shared by the ranks of a machine");
}

}  // namespace cofi::run
