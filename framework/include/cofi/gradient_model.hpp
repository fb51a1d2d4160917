// Models that are trained by gradients: on autograd alone, or on a fused analytic path.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "cofi/iterative_model.hpp"
#include "cofi/random.hpp"
#include "cofi/train_options.hpp"

namespace cofi {

class Communicator;
class GradientTrainer;
class ThreadPool;

// n training interactions, on the fit's device: a batch, or a rank's part of it.
struct Batch {
  at::Tensor users;   // int32 [n]
  at::Tensor items;   // int32 [n]
  at::Tensor values;  // float32 [n]; undefined when predicting
  at::Tensor times;   // int64 [n], or undefined where the data has none

  Random random{0};                   // the whole batch's stream
  View<std::int32_t> positions = {};  // [n] in the whole batch, on the host; empty: 0, 1, ...

  // What a model draws for the n-th interaction: the same numbers in whichever part it is, on
  // whichever rank.
  Random draws(std::int64_t n) const {
    const std::int64_t at = positions.empty() ? n : positions[static_cast<std::size_t>(n)];
    return random.stream(static_cast<std::uint64_t>(at));
  }
  std::int64_t size() const { return users.size(0); }
};

// The ratings of a batch by row of a table, so that threads can own disjoint rows.
struct BatchRows {
  View<std::int32_t> rows;    // [m] the distinct users (or items) of the batch, ascending
  View<std::int32_t> starts;  // [m + 1]
  View<std::int32_t> order;   // [n] positions in the batch, grouped; in batch order in a group
};

// What the fused path writes: the gradient of the batch's mean loss (without regularization).
struct RowGradients {
  // One a parameter, of its shape and strides, zero where nothing was added. The framework knows
  // users' and items' rows of the batch; rows of shared parameters count as all touched.
  std::vector<at::Tensor> gradients;
  BatchRows users, items;
  const PointwiseLoss& loss;
  double scale;  // 1 / the global batch's size
  const ThreadPool& pool;
  std::function<void(std::size_t)> when_done = {};  // see done()

  // Says that no more is added to these gradients: ranks exchange them while others are computed,
  // from the last parameter to the first. A model need not.
  void done(std::initializer_list<std::size_t> parameters) const {
    if (!when_done) return;
    for (const std::size_t each : parameters) when_done(each);
  }
};

// What a pass of a model's own needs: an epoch of plain stochastic gradient descent.
struct SgdPass {
  std::int64_t epoch;    // 1-based
  double learning_rate;  // after the schedule
  double weight_decay;   // the optimizer's, for tables without a regularization of their own
  const PointwiseLoss& loss;
  Random random;  // this epoch's stream
  const ThreadPool& pool;
  // The same pass is run by every rank: by itself, or shared out among them (see collect()).
  Communicator& communicator;
};

class COFI_API GradientModel : public IterativeModel {
 public:
  static constexpr unsigned kUses = COFI_USES_TRAIN | COFI_USES_OPTIMIZER;

  GradientModel();
  ~GradientModel() override;

  // Creates the parameters with their initial values.
  virtual void setup(const FitContext& context) = 0;
  // The parameters, in a fixed order; their tensors are leaves that the trainer updates in place.
  std::vector<Parameter> parameters() override = 0;
  // Predictions [n], differentiable.
  virtual at::Tensor forward(const Batch& batch) = 0;
  // The batch's mean loss [], by default context.options.loss of forward.
  virtual at::Tensor loss(const Batch& batch, const PointwiseLoss& loss);
  // Whether loss() is the model's own, which train.loss cannot choose: a fit that asks for another
  // than the default is then an Error.
  virtual bool has_own_loss() const { return false; }
  // The fused path on the CPU: adds the gradient of the batch's loss and returns the sum of its
  // ratings' losses; must agree with autograd. Nothing (the default) where there is none.
  virtual bool gradient(const Batch& batch, RowGradients& gradients, double& loss_sum);
  // Whether epochs are passes of the model's own (`solver: sequential` and the like) in place of
  // steps for batches. The optimizer must then be plain sgd.
  virtual bool runs_passes() const { return false; }
  // One pass over the training interactions, a step for each of them: a row's step is
  //   row -= learning_rate * (d loss / d row + regularization * row)
  // for the rows that its prediction is made of, from their values before the step (tables may take
  // turns: some step in one pass, others in the next). Returns the sum of the losses, each before
  // its step, of all ranks. The training interactions are those of setup()'s context.
  virtual double pass(const SgdPass& pass);
  // After passes that the ranks of a world shared out: brings the rows of its parameters that other
  // ranks have to this one. Every rank calls it.
  virtual void collect(Communicator&) {}
  // As epoch_traffic(), of a pass.
  virtual double pass_traffic(int /*ranks*/) { return 0; }
  // By forward, without gradients; unknown ids get the mean of the training values.
  void predict(const Query& query, float* out) const override;

  // Brings up to date what predictions are made of besides the parameters (sums of their rows):
  // after setup() and each epoch.
  virtual void refresh(const ThreadPool&) {}
  // Frees what only passes needed, once training is over.
  virtual void release() {}

  void begin(const FitContext& context) final;
  double epoch(std::int64_t n) final;
  void training_state(Archive& archive) final;
  double learning_rate() const final;
  void scale_learning_rate(double factor) final;
  void gather() final;
  double epoch_traffic(int ranks) final;
  void end() final;

 protected:
  double train_mean_ = 0;  // of the training values; part of state() through parameters_state

  // Writes or reads train_mean_ and each parameter under its name: the usual body of state().
  // Reading copies into tables of the same shape (which keep their strides), and puts the stored
  // tensor in the place of others: they need only exist, as at::empty({0}) from the constructor on.
  void parameters_state(Archive& archive);

 private:
  std::unique_ptr<GradientTrainer> trainer_;
};

}  // namespace cofi
