// Trains a GradientModel: batches, gradients (fused or by autograd), clipping, the optimizer's
// steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"

#include "train/gradient_sum.hpp"
#include "train/sampler.hpp"
#include "train/shares.hpp"

namespace cofi {

class GradientTrainer {
 public:
  // Takes the model's parameters, which setup() has created, from the warm start where there is
  // one.
  GradientTrainer(GradientModel& model, const FitContext& context);

  // The epoch's mean loss. Throws Interrupted between batches once the monitor was asked to stop;
  // the next call for the same epoch goes on from there. An Error where the loss is not finite.
  double epoch(std::int64_t n);
  // The optimizer's state and the place in the epoch. Reading also takes the model's parameters
  // anew, which may be other tensors by then.
  void training_state(Archive& archive);
  double learning_rate() const { return learning_rate_; }
  const ThreadPool& pool() const { return context_.pool; }
  void scale_learning_rate(double factor);
  // Ranks that have users' rows of their own get the others' (see Shares::by_users).
  void gather();
  // As IterativeModel's: of batches that are drawn at random.
  double epoch_traffic(int ranks);
  void end();

 private:
  struct Table {
    Parameter parameter;
    at::Tensor gradient;            // as the parameter; undefined until the fused path needs it
    std::vector<at::Tensor> state;  // the optimizer's, as the parameter's own rows
  };
  // The rows [first, first + count) of a users' table that are this rank's.
  struct OwnRows {
    std::int64_t first = 0, count = 0;
  };

  // For models with passes of their own: an Error where they cannot stand in for the optimizer.
  void check_plain() const;
  void take_parameters();
  void warm_start();
  double pass();
  // Trains on batch k of an epoch; returns the sum of its losses.
  double train(std::int64_t k);
  // The same in a world, or with exact sums: this rank's parts of the batch, summed over ranks.
  double train_shared(std::int64_t k);
  void compute_parts(std::vector<train::SumTable>& tables, std::int64_t k, std::int64_t size,
                     double& loss_sum);
  std::vector<train::SumTable> sum_tables(bool by_rows);
  // The gradients of the sum of a batch's losses times `scale` are in the tables; false where the
  // model has no fused path. at_once: ranks exchange each table as the model is done with it.
  bool fused(const Batch& batch, double scale, double& loss_sum, bool at_once = false);
  double autograd(const Batch& batch, double scale);
  void loss_state(Archive& archive);
  void step();
  // In the tables that ranks share by rows: this rank's part of the table, or all of another.
  at::Tensor own_part(const Table& table, const at::Tensor& tensor) const;
  bool is_split(const Table& table) const {
    return shares_.by_users() && table.parameter.rows == Rows::kUsers;
  }
  // Makes a table of the users' rows whole on every rank.
  void gather(const at::Tensor& whole) const;
  double summed(double mine) const;  // over ranks
  // What to say of a value that is not finite, and when it came up.
  Error diverged(const std::string& what, double value, const std::string& when) const;
  Error diverged(const std::string& what, double value) const;

  GradientModel& model_;
  const FitContext& context_;
  const Optimizer& optimizer_;
  train::Sampler sampler_;
  train::Shares shares_;
  train::GradientSum sum_;
  OwnRows own_;
  std::vector<Table> tables_;
  double learning_rate_;
  std::int64_t epoch_ = 0;         // the one under way
  bool fused_;                     // until the model says that it has no such path
  train::Sampler::Groups groups_;  // of the batch, where known
  std::vector<std::int32_t> touched_users_, touched_items_;  // by a batch of all ranks
  std::vector<std::uint64_t> marks_;
  bool agreed_ = false;     // all ranks know whether there is a fused path
  bool stop_ = false;       // a rank was asked to stop
  std::int64_t steps_ = 0;  // of the whole fit
  std::int64_t batch_ = 0;  // the next one of the epoch
  double loss_sum_ = 0;     // of the epoch so far
};

}  // namespace cofi
