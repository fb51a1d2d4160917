#include "train/gradient_trainer.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_strided.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "cofi/kernels/step.hpp"

#include "train/clip.hpp"

namespace cofi {
namespace {

const Optimizer& optimizer_of(const FitContext& context) {
  if (context.optimizer == nullptr) {
    throw Error("this model is trained by gradients and needs an optimizer, as in ",
                "optimizer: {use: adam, lr: 0.01}");
  }
  if (context.communicator.size() > 1) {
    throw Error("launch.processes is ", context.communicator.size(),
                ": training by gradients on more than one process is not available in this ",
                "version; set it to 1");
  }
  if (context.train.size() == 0) throw Error("there are no training interactions to learn from");
  return *context.optimizer;
}

// Of an epoch's progress bar.
constexpr std::chrono::milliseconds kBetweenProgress(100);

at::Tensor zeros_as(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options()).zero_();
}

}  // namespace

GradientTrainer::GradientTrainer(GradientModel& model, const FitContext& context)
    : model_(model),
      context_(context),
      optimizer_(optimizer_of(context)),
      sampler_(context),
      learning_rate_(optimizer_.learning_rate()),
      fused_(context.device.is_cpu()) {
  if (model.runs_passes()) check_plain();
  take_parameters();
  if (context.warm_start != nullptr) warm_start();
}

void GradientTrainer::check_plain() const {
  const char* wrong = nullptr;
  if (!optimizer_.plain()) wrong = "takes optimizer: {use: sgd} without momentum, and no other";
  if (context_.options.clip > 0) wrong = "steps for one rating at a time: remove train.clip";
  if (!context_.device.is_cpu()) wrong = "runs on the CPU: set device: cpu";
  if (wrong != nullptr) throw Error("the model's own solver ", wrong);
}

void GradientTrainer::take_parameters() {
  tables_.clear();
  for (Parameter& parameter : model_.parameters()) {
    Table table{std::move(parameter), {}, {}};
    const at::Tensor& value = table.parameter.value;
    const auto wrong = [&](const auto&... what) {
      return Error("parameter '", table.parameter.name, "' ", what...);
    };
    if (!value.defined() || value.numel() == 0) throw wrong("is empty after setup()");
    const c10::Device device = context_.device;
    const bool other_index = device.has_index() && value.device().index() != device.index();
    if (value.device().type() != device.type() || (!device.is_cpu() && other_index)) {
      throw wrong("is on ", value.device().str(), "; setup() must create it on ", device.str());
    }
    for (const Table& other : tables_) {
      if (other.parameter.name == table.parameter.name) {
        throw Error("two parameters are named '", other.parameter.name, "'");
      }
    }
    try {
      if (device.is_cpu()) kernels::row_layout(value);
    } catch (const Error& error) {
      throw wrong("cannot be trained: ", error.what());
    }
    const std::int64_t rows = table.parameter.rows == Rows::kUsers   ? context_.users
                              : table.parameter.rows == Rows::kItems ? context_.items
                                                                     : -1;
    if (rows >= 0 && (value.dim() == 0 || value.size(0) != rows)) {
      throw wrong("has sizes ", value.sizes(), ", but a row each of ", rows,
                  table.parameter.rows == Rows::kUsers ? " users" : " items", " is asked for");
    }
    for (std::size_t k = 0; k < optimizer_.state_names().size(); ++k) {
      table.state.push_back(zeros_as(value.detach()));
    }
    tables_.push_back(std::move(table));
  }
  if (tables_.empty()) throw Error("the model has no parameters to train");
}

void GradientTrainer::warm_start() {
  Archive saved = context_.warm_start->reopened();
  for (Table& table : tables_) {
    const std::string& name = table.parameter.name;
    if (!saved.has(name)) {
      throw Error("train.warm_start: the saved model has no parameter '", name,
                  "'; start from a model of the same kind");
    }
    at::Tensor start;
    saved(name, start);
    at::Tensor value = table.parameter.value.detach();
    if (start.sizes() != value.sizes()) {
      throw Error("train.warm_start: parameter '", name, "' has sizes ", start.sizes(),
                  " in the saved model and ", value.sizes(),
                  " here; start from a model of the same data and sizes");
    }
    value.copy_(start);
  }
}

double GradientTrainer::epoch(std::int64_t n) {
  using Clock = std::chrono::steady_clock;
  epoch_ = n;
  if (model_.runs_passes()) return pass();
  sampler_.start_epoch(n);
  Clock::time_point shown = Clock::now();
  for (; batch_ < sampler_.batches(); ++batch_) {
    if (context_.monitor.stop_requested()) throw Interrupted();
    loss_sum_ += train(batch_);
    if (Clock::now() - shown > kBetweenProgress) {
      context_.monitor.progress("epoch " + std::to_string(n), batch_ + 1, sampler_.batches());
      shown = Clock::now();
    }
  }
  batch_ = 0;
  return std::exchange(loss_sum_, 0) / static_cast<double>(context_.train.size());
}

double GradientTrainer::pass() {
  const double loss_sum = model_.pass(
      {epoch_, learning_rate_, optimizer_.weight_decay(), context_.options.loss,
       context_.random.stream("pass").stream(static_cast<std::uint64_t>(epoch_)), context_.pool});
  if (!std::isfinite(loss_sum)) {
    throw diverged("the loss", loss_sum, "in epoch " + std::to_string(epoch_));
  }
  return loss_sum / static_cast<double>(context_.train.size());
}

Error GradientTrainer::diverged(const std::string& what, double value,
                                const std::string& when) const {
  return Error("training diverged: ", what, " is ", value, " ", when, ", at learning rate ",
               learning_rate_, "; lower the optimizer's lr, or limit the gradient with train.clip");
}

Error GradientTrainer::diverged(const std::string& what, double value) const {
  return diverged(what, value,
                  "in epoch " + std::to_string(epoch_) + ", batch " + std::to_string(batch_ + 1));
}

double GradientTrainer::train(std::int64_t k) {
  const Batch batch = sampler_.batch(k);
  const bool by_rows = fused_ || optimizer_.lazy();
  if (by_rows) groups_ = sampler_.groups(k);
  double loss_sum = 0;
  if (!fused_ || !fused(batch, loss_sum)) loss_sum = autograd(batch);
  if (!std::isfinite(loss_sum)) throw diverged("the loss", loss_sum);
  step();
  return loss_sum;
}

bool GradientTrainer::fused(const Batch& batch, double& loss_sum) {
  std::vector<at::Tensor> gradients;
  for (Table& table : tables_) {
    if (!table.gradient.defined()) table.gradient = zeros_as(table.parameter.value.detach());
    gradients.push_back(table.gradient);
  }
  RowGradients out{std::move(gradients),
                   groups_.users,
                   groups_.items,
                   context_.options.loss,
                   1.0 / static_cast<double>(batch.size()),
                   context_.pool};
  fused_ = model_.gradient(batch, out, loss_sum);
  return fused_;
}

double GradientTrainer::autograd(const Batch& batch) {
  for (Table& table : tables_) {
    at::Tensor& value = table.parameter.value;
    if (!value.requires_grad()) value.requires_grad_(true);
    value.mutable_grad() = at::Tensor();
  }
  at::Tensor loss;
  {
    const at::AutoGradMode on(true);
    loss = model_.loss(batch, context_.options.loss);
    if (!loss.requires_grad()) {
      throw Error("the model's loss does not depend on its parameters: forward() must compute it ",
                  "from the tensors that parameters() names, with torch operations");
    }
    loss.backward();
  }
  for (Table& table : tables_) {
    at::Tensor& value = table.parameter.value;
    const at::Tensor own = value.grad();
    if (own.defined() && own.layout() == at::kStrided && own.strides() == value.strides()) {
      table.gradient = own;
      continue;
    }
    table.gradient = zeros_as(value.detach());
    if (own.defined()) table.gradient.copy_(own.is_sparse() ? own.to_dense() : own);
  }
  return loss.item<double>() * static_cast<double>(batch.size());
}

void GradientTrainer::step() {
  const at::NoGradGuard no_grad;
  ++steps_;
  std::vector<train::GradientRows> gradients;
  for (const Table& table : tables_) {
    // Autograd writes whole tables: a dense step reads them whole.
    const bool by_rows = table.parameter.rows != Rows::kShared && (fused_ || optimizer_.lazy());
    const BatchRows& side = table.parameter.rows == Rows::kUsers ? groups_.users : groups_.items;
    gradients.push_back({table.gradient, by_rows ? side.rows : View<std::int32_t>(), !by_rows});
  }
  const double clip = context_.options.clip;
  if (clip > 0) {
    const double norm = train::clip_norm(gradients, clip, context_.pool);
    if (!std::isfinite(norm)) throw diverged("the gradient's norm", norm);
  }
  for (std::size_t k = 0; k < tables_.size(); ++k) {
    Table& table = tables_[k];
    const double decay = table.parameter.regularization.value_or(optimizer_.weight_decay());
    optimizer_.step(
        table.parameter.value, table.gradient, table.state,
        {steps_, learning_rate_, decay, gradients[k].rows, gradients[k].all_rows, context_.pool});
  }
}

void GradientTrainer::training_state(Archive& archive) {
  if (archive.reading()) take_parameters();
  archive("steps", steps_);
  archive("batch", batch_);
  archive("loss_sum", loss_sum_);
  const std::vector<std::string> names = optimizer_.state_names();
  for (Table& table : tables_) {
    Archive own = archive.child(table.parameter.name);
    for (std::size_t k = 0; k < names.size(); ++k) {
      at::Tensor stored = table.state[k];
      own(names[k], stored);
      if (archive.reading()) table.state[k].copy_(stored);
    }
  }
}

void GradientTrainer::scale_learning_rate(double factor) {
  learning_rate_ = optimizer_.learning_rate() * factor;
}

void GradientTrainer::end() {
  for (Table& table : tables_) {
    table.parameter.value.mutable_grad() = at::Tensor();
    table.parameter.value.requires_grad_(false);
    // The last batches' steps can spoil values after the last loss was seen.
    const double sum = table.parameter.value.sum().item<double>();
    if (!std::isfinite(sum)) {
      throw diverged("the sum of parameter '" + table.parameter.name + "'", sum,
                     "after the last epoch");
    }
  }
}

}  // namespace cofi
