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

#include "train/sampler.hpp"

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
  void end();

 private:
  struct Table {
    Parameter parameter;
    at::Tensor gradient;            // as the parameter; undefined until the fused path needs it
    std::vector<at::Tensor> state;  // the optimizer's, as the parameter
  };

  // For models with passes of their own: an Error where they cannot stand in for the optimizer.
  void check_plain() const;
  void take_parameters();
  void warm_start();
  double pass();
  // Trains on batch k of an epoch; returns the sum of its losses.
  double train(std::int64_t k);
  // The batch's gradients are in the tables; nothing where the model has no fused path.
  bool fused(const Batch& batch, double& loss_sum);
  double autograd(const Batch& batch);
  void step();
  // What to say of a value that is not finite, and when it came up.
  Error diverged(const std::string& what, double value, const std::string& when) const;
  Error diverged(const std::string& what, double value) const;

  GradientModel& model_;
  const FitContext& context_;
  const Optimizer& optimizer_;
  train::Sampler sampler_;
  std::vector<Table> tables_;
  double learning_rate_;
  std::int64_t epoch_ = 0;         // the one under way
  bool fused_;                     // until the model says that it has no such path
  train::Sampler::Groups groups_;  // of the batch, where known
  std::int64_t steps_ = 0;         // of the whole fit
  std::int64_t batch_ = 0;         // the next one of the epoch
  double loss_sum_ = 0;            // of the epoch so far
};

}  // namespace cofi
