#include "train/gradient_trainer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/step.hpp"
#include "cofi/row_shares.hpp"

#include "train/clip.hpp"

namespace cofi {
namespace {

const Optimizer& optimizer_of(const FitContext& context) {
  if (context.optimizer == nullptr) {
    throw Error("this model is trained by gradients and needs an optimizer, as in ",
                "optimizer: {use: adam, lr: 0.01}");
  }
  if (context.train.size() == 0) throw Error("there are no training interactions to learn from");
  return *context.optimizer;
}

// Interactions of a batch for each item, from which on a batch is taken to have all items.
constexpr std::int64_t kCertain = 16;

// Of an epoch's progress bar.
constexpr std::chrono::milliseconds kBetweenProgress(100);

}  // namespace

GradientTrainer::GradientTrainer(GradientModel& model, const FitContext& context)
    : model_(model),
      context_(context),
      optimizer_(optimizer_of(context)),
      sampler_(context),
      shares_(context),
      sum_(context, shares_),
      learning_rate_(optimizer_.learning_rate()),
      fused_(context.device.is_cpu()) {
  if (model.runs_passes()) check_plain();
  if (shares_.by_users()) {
    if (model.runs_passes()) {
      throw Error(
          "train.partition: users is for steps of batches, and the model's own solver runs ",
          "passes: remove it, or choose solver: batch");
    }
    if (context.options.clip > 0) {
      throw Error("train.clip needs the whole gradient's norm, and with train.partition: users no ",
                  "rank has it: remove one of them");
    }
    const int rank = context.communicator.rank();
    own_ = {shares_.first_user(rank), shares_.last_user(rank) - shares_.first_user(rank)};
  }
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
      table.state.push_back(kernels::zeros_laid_out_as(own_part(table, value.detach())));
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
    const bool stop = shares_.on() ? stop_ : context_.monitor.stop_requested();
    if (stop) throw Interrupted();
    loss_sum_ += shares_.on() ? train_shared(batch_) : train(batch_);
    if (Clock::now() - shown > kBetweenProgress) {
      context_.monitor.progress("epoch " + std::to_string(n), batch_ + 1, sampler_.batches());
      shown = Clock::now();
    }
  }
  batch_ = 0;
  return summed(std::exchange(loss_sum_, 0)) / static_cast<double>(context_.train.size());
}

double GradientTrainer::pass() {
  const double loss_sum =
      model_.pass({epoch_, learning_rate_, optimizer_.weight_decay(), context_.options.loss,
                   context_.random.stream("pass").stream(static_cast<std::uint64_t>(epoch_)),
                   context_.pool, context_.communicator});
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
  const double scale = 1.0 / static_cast<double>(batch.size());
  if (!fused_ || !fused(batch, scale, loss_sum)) loss_sum = autograd(batch, scale);
  if (!std::isfinite(loss_sum)) throw diverged("the loss", loss_sum);
  step();
  return loss_sum;
}

std::vector<train::SumTable> GradientTrainer::sum_tables(bool by_rows) {
  std::vector<train::SumTable> tables;
  for (Table& table : tables_) {
    if (!table.gradient.defined())
      table.gradient = kernels::zeros_laid_out_as(table.parameter.value.detach());
    const bool users = table.parameter.rows == Rows::kUsers;
    const bool all = !by_rows || table.parameter.rows == Rows::kShared;
    tables.push_back({table.gradient, users ? touched_users_ : touched_items_, all, is_split(table),
                      table.parameter.name});
  }
  return tables;
}

void GradientTrainer::compute_parts(std::vector<train::SumTable>& tables, std::int64_t k,
                                    std::int64_t size, double& loss_sum) {
  const bool exact = shares_.exact();
  // Each part's losses, too, so that no order changes their sum.
  constexpr double kLossSteps = 1 << 24;
  // Which path it is, the ranks agree on after their first batch.
  const bool at_once = !exact && fused_ && agreed_;
  if (at_once) {
    tables = sum_tables(true);
    sum_.open(tables);
  }
  bool begun = false;
  for (const std::vector<std::int32_t>& positions : shares_.cut(sampler_.users())) {
    if (positions.empty()) continue;
    const Batch part = sampler_.select(positions);
    if (fused_ || optimizer_.lazy()) groups_ = sampler_.groups(k, !exact && !shares_.by_users());
    const double own = static_cast<double>(part.size());
    const double scale = exact                ? 1
                         : shares_.of_ranks() ? 1 / (own * context_.communicator.size())
                                              : 1 / static_cast<double>(size);
    double loss = 0;
    if (!fused_ || !fused(part, scale, loss, at_once)) loss = autograd(part, scale);
    loss_sum += exact ? std::nearbyint(loss * kLossSteps) / kLossSteps : loss;
    if (!exact) continue;
    tables = sum_tables(fused_ || optimizer_.lazy());  // autograd makes gradients anew
    if (!std::exchange(begun, true)) sum_.begin(tables);
    std::vector<View<std::int32_t>> touched;
    for (const Table& table : tables_) {
      touched.push_back(table.parameter.rows == Rows::kUsers ? groups_.users.rows
                                                             : groups_.items.rows);
    }
    sum_.add(tables, touched);
  }
  if (!at_once) tables = sum_tables(fused_ || optimizer_.lazy());
  if (exact && !begun) sum_.begin(tables);
}

double GradientTrainer::train_shared(std::int64_t k) {
  const std::int64_t size = sampler_.open(k);
  train::distinct(sampler_.users(), context_.users, marks_, touched_users_);
  if (!optimizer_.lazy() && size >= kCertain * context_.items) {
    // Nearly all of them: not worth looking.
    touched_items_.resize(static_cast<std::size_t>(context_.items));
    std::iota(touched_items_.begin(), touched_items_.end(), 0);
  } else {
    train::distinct(sampler_.items(), context_.items, marks_, touched_items_);
  }
  if (shares_.by_users()) {
    const auto in = [&](std::int64_t user) {
      return user >= own_.first && user < own_.first + own_.count;
    };
    auto& users = touched_users_;
    users.erase(std::remove_if(users.begin(), users.end(), [&](auto user) { return !in(user); }),
                users.end());
  }
  std::vector<train::SumTable> tables;
  double loss_sum = 0;
  compute_parts(tables, k, size, loss_sum);
  if (!std::exchange(agreed_, true) && any(context_.communicator, !fused_) && fused_) {
    // This rank had nothing to ask the model about, or it would know.
    fused_ = false;
    tables = sum_tables(optimizer_.lazy());
    if (shares_.exact()) sum_.begin(tables);
  }
  const bool stop = context_.monitor.stop_requested();
  const train::GradientSum::Flags flags =
      sum_.finish(tables, 1.0 / static_cast<double>(size), {!std::isfinite(loss_sum), stop});
  // The same on every rank, whichever of them saw it.
  if (flags.not_finite) throw diverged("the loss", NAN);
  stop_ = flags.stop;
  groups_.users.rows = touched_users_;
  groups_.items.rows = touched_items_;
  step();
  return loss_sum;
}

double GradientTrainer::summed(double mine) const {
  if (context_.communicator.size() == 1) return mine;
  const at::Tensor sum = at::full({1}, mine, at::kDouble);
  context_.communicator.all_reduce(sum, ReduceOp::kSum)->wait();
  return sum.item<double>();
}

at::Tensor GradientTrainer::own_part(const Table& table, const at::Tensor& tensor) const {
  return is_split(table) ? tensor.narrow(0, own_.first, own_.count) : tensor;
}

void GradientTrainer::gather(const at::Tensor& whole) const {
  std::vector<std::int64_t> first;
  for (int rank = 0; rank <= context_.communicator.size(); ++rank) {
    first.push_back(shares_.first_user(rank));
  }
  gather_rows(context_.communicator, whole, first);
}

void GradientTrainer::gather() {
  if (model_.runs_passes()) return model_.collect(context_.communicator);
  if (!shares_.by_users()) return;
  const at::NoGradGuard no_grad;
  for (const Table& table : tables_) {
    if (is_split(table)) gather(table.parameter.value.detach());
  }
}

double GradientTrainer::epoch_traffic(int ranks) {
  if (ranks == 1) return 0;
  if (model_.runs_passes()) return model_.pass_traffic(ranks);
  const TrainOptions& options = context_.options;
  sampler_.start_epoch(1);
  double loss_sum = 0;
  const Batch first = sampler_.batch(0);
  groups_ = sampler_.groups(0, false);
  if (fused_) fused(first, 1, loss_sum);  // whether the model has such a path
  const bool by_rows = fused_ || optimizer_.lazy();
  const double n = static_cast<double>(context_.train.size());
  const double batch =
      std::min(n, static_cast<double>(options.batch) * (options.batch_of_rank ? ranks : 1));
  double numbers = 0;  // of a batch's gradients
  for (const Table& table : tables_) {
    const at::Tensor& value = table.parameter.value;
    const bool users = table.parameter.rows == Rows::kUsers;
    if (users && options.partition_users) continue;
    const double all = static_cast<double>(value.numel());
    if (!by_rows || table.parameter.rows == Rows::kShared) {
      numbers += all;
      continue;
    }
    const View<std::int64_t> counts = users ? context_.user_counts : context_.item_counts;
    double rows = 0;  // expected to be in the batch
    for (const std::int64_t count : counts) {
      rows += 1 - std::exp(batch * std::log1p(-static_cast<double>(count) / n));
    }
    numbers += rows * all / static_cast<double>(value.size(0));
  }
  // A ring's all_reduce.
  const double of_ring = 2 * static_cast<double>(ranks - 1) / ranks;
  constexpr double kExactBytes = 8, kFloatBytes = 4;
  return of_ring * numbers * (options.exact_sum ? kExactBytes : kFloatBytes) * std::ceil(n / batch);
}

bool GradientTrainer::fused(const Batch& batch, double scale, double& loss_sum, bool at_once) {
  std::vector<at::Tensor> gradients;
  for (Table& table : tables_) {
    if (!table.gradient.defined())
      table.gradient = kernels::zeros_laid_out_as(table.parameter.value.detach());
    gradients.push_back(table.gradient);
  }
  RowGradients out{std::move(gradients),  groups_.users, groups_.items,
                   context_.options.loss, scale,         context_.pool};
  if (at_once) out.when_done = [this](std::size_t table) { sum_.written(table); };
  fused_ = model_.gradient(batch, out, loss_sum);
  return fused_;
}

double GradientTrainer::autograd(const Batch& batch, double scale) {
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
    // backward() is of the mean.
    const double times = scale * static_cast<double>(batch.size());
    (times == 1 ? loss : loss * times).backward();
  }
  for (Table& table : tables_) {
    at::Tensor& value = table.parameter.value;
    const at::Tensor own = value.grad();
    if (own.defined() && own.layout() == at::kStrided && own.strides() == value.strides()) {
      table.gradient = own;
      continue;
    }
    table.gradient = kernels::zeros_laid_out_as(value.detach());
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
    at::Tensor value = table.parameter.value, gradient = table.gradient;
    View<std::int32_t> rows = gradients[k].rows;
    std::vector<std::int32_t> own_rows;
    if (is_split(table)) {
      value = own_part(table, value), gradient = own_part(table, gradient);
      for (const std::int32_t row : rows) {
        own_rows.push_back(row - static_cast<std::int32_t>(own_.first));
      }
      rows = own_rows;
    }
    optimizer_.step(value, gradient, table.state,
                    {steps_, learning_rate_, decay, rows, gradients[k].all_rows, context_.pool});
  }
}

void GradientTrainer::training_state(Archive& archive) {
  if (archive.reading()) take_parameters();
  archive("steps", steps_);
  archive("batch", batch_);
  loss_state(archive);
  const std::vector<std::string> names = optimizer_.state_names();
  for (Table& table : tables_) {
    Archive own = archive.child(table.parameter.name);
    for (std::size_t k = 0; k < names.size(); ++k) {
      at::Tensor stored = table.state[k];
      if (is_split(table) && !archive.reading()) {
        stored = kernels::zeros_laid_out_as(table.parameter.value.detach());
        own_part(table, stored).copy_(table.state[k]);
        gather(stored);
      }
      own(names[k], stored);
      if (archive.reading()) table.state[k].copy_(own_part(table, stored));
    }
  }
}

// Each rank's sum so far. As many ranks go on from their own, so that all is added in the same
// order; of fewer or more of them the first one has all.
void GradientTrainer::loss_state(Archive& archive) {
  Communicator& ranks = context_.communicator;
  at::Tensor sums = at::zeros({ranks.size()}, at::kDouble);
  if (!archive.reading()) {
    sums[ranks.rank()] = loss_sum_;
    if (ranks.size() > 1) ranks.all_reduce(sums, ReduceOp::kSum)->wait();
  }
  archive("loss_sums", sums);
  if (!archive.reading()) return;
  if (sums.size(0) == ranks.size()) {
    loss_sum_ = sums[ranks.rank()].item<double>();
  } else {
    loss_sum_ = ranks.rank() == 0 ? sums.sum().item<double>() : 0;
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
