// The smallest models that exercise the training loop, and a context that shows what it does.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/files.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/solo_communicator.hpp"

namespace cofi::test {

// Does nothing but count; its "loss" halves every epoch.
class Counter final : public IterativeModel {
 public:
  void begin(const FitContext&) override { begun = true; }
  double epoch(std::int64_t n) override {
    epochs.push_back(n);
    rates.push_back(rate);
    value = loss_of ? loss_of(n) : value / 2;
    return value;
  }
  double learning_rate() const override { return rate; }
  void scale_learning_rate(double factor) override { rate = factor; }
  void state(Archive& archive) override { archive("value", value); }
  void end() override { ended = true; }
  void predict(const Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = static_cast<float>(value);
  }

  bool begun = false, ended = false;
  std::vector<std::int64_t> epochs;
  std::vector<double> rates;
  double value = 64, rate = -1;
  std::function<double(std::int64_t)> loss_of;
};

// value = offset + p_u . q_i, with rows padded to 8 floats, a fused path on request, and the
// gradient's formulas as plainly as they can be written.
class ToyFactors final : public GradientModel {
 public:
  static constexpr std::int64_t kFactors = 3, kStride = 8;

  explicit ToyFactors(bool fused) : fused_(fused) {}

  void setup(const FitContext& context) override {
    users = table(context.users, context.random.stream("init").stream("users"));
    items = table(context.items, context.random.stream("init").stream("items"));
    offset = at::full({1}, 0.5, at::kFloat);
  }
  std::vector<Parameter> parameters() override {
    if (no_parameters || !instead.empty()) return instead;
    return {{"users", users, Rows::kUsers},
            {"items", items, Rows::kItems, item_regularization},
            {"offset", offset, Rows::kShared}};
  }
  at::Tensor forward(const Batch& batch) override {
    const at::Tensor dots =
        (users.index({batch.users.to(at::kLong)}) * items.index({batch.items.to(at::kLong)}))
            .sum(1);
    return detach ? dots.detach() : dots + offset;
  }
  bool gradient(const Batch& batch, RowGradients& out, double& loss_sum) override {
    if (!fused_) return false;
    const std::int32_t *u = batch.users.data_ptr<std::int32_t>(),
                       *i = batch.items.data_ptr<std::int32_t>();
    const float *p = users.data_ptr<float>(), *q = items.data_ptr<float>();
    std::vector<float> slopes(static_cast<std::size_t>(batch.size()));
    float total = 0;
    for (std::int64_t n = 0; n < batch.size(); ++n) {
      float e = offset.data_ptr<float>()[0] - batch.values.data_ptr<float>()[n];
      for (int k = 0; k < kFactors; ++k) e += p[u[n] * kStride + k] * q[i[n] * kStride + k];
      loss_sum += out.loss.value(e);
      slopes[static_cast<std::size_t>(n)] = out.loss.slope(e) * static_cast<float>(out.scale);
      total += slopes[static_cast<std::size_t>(n)];
    }
    out.gradients[2].data_ptr<float>()[0] += spoil ? INFINITY : total;
    rows(out.users, slopes, i, q, out.gradients[0].data_ptr<float>(), out.pool);
    rows(out.items, slopes, u, p, out.gradients[1].data_ptr<float>(), out.pool);
    return true;
  }
  void state(Archive& archive) override { parameters_state(archive); }

  at::Tensor users = at::empty({0}), items = at::empty({0}), offset = at::empty({0});
  std::optional<double> item_regularization;
  // Ways to be wrong: other parameters or none, a forward() cut off from them, an infinite
  // gradient.
  std::vector<Parameter> instead;
  bool no_parameters = false, detach = false, spoil = false;

 private:
  static at::Tensor table(std::int64_t count, Random random) {
    at::Tensor padded = at::full({count, kStride}, 0, at::kFloat);
    for (std::int64_t n = 0; n < count * kStride; ++n) {
      if (n % kStride < kFactors) {
        padded.data_ptr<float>()[n] = static_cast<float>(random.uniform(-0.5, 0.5));
      }
    }
    return padded.narrow(1, 0, kFactors);
  }
  static void rows(const BatchRows& groups, const std::vector<float>& slopes,
                   const std::int32_t* others, const float* table, float* gradient,
                   const ThreadPool& pool) {
    parallel_for(pool, static_cast<std::int64_t>(groups.rows.size()), 2,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (auto row = static_cast<std::size_t>(begin);
                        row < static_cast<std::size_t>(end); ++row) {
                     for (std::int32_t k = groups.starts[row]; k < groups.starts[row + 1]; ++k) {
                       const auto n =
                           static_cast<std::size_t>(groups.order[static_cast<std::size_t>(k)]);
                       for (int f = 0; f < kFactors; ++f) {
                         gradient[groups.rows[row] * kStride + f] +=
                             slopes[n] * table[others[n] * kStride + f];
                       }
                     }
                   }
                 });
  }

  bool fused_;
};

// Records what the loop tells it, stops where it is asked to, keeps the checkpoint as a file would.
class Recorder final : public Monitor {
 public:
  void epoch_done(Model&, const EpochReport& report) override { reports.push_back(report); }
  std::optional<double> validate(Model&, std::int64_t epoch) override {
    if (!validation) return std::nullopt;
    validated.push_back(epoch);
    return validation(epoch);
  }
  bool stop_requested() override { return ++asked > stop_after; }
  void save_checkpoint(const Archive& archive) override {
    checkpoint = archive.snapshot();
    ++saved;
  }
  std::optional<Archive> load_checkpoint() override {
    if (!checkpoint) return std::nullopt;
    return checkpoint->snapshot();
  }
  std::vector<double> losses() const {
    std::vector<double> all;
    for (const EpochReport& report : reports) all.push_back(report.loss);
    return all;
  }

  std::vector<EpochReport> reports;
  std::function<double(std::int64_t)> validation;
  std::vector<std::int64_t> validated;
  std::optional<Archive> checkpoint;
  int saved = 0;
  int asked = 0;
  int stop_after = 1 << 30;  // times that stop_requested says no
};

// 12 users, 9 items and 70 interactions; user 11 and item 8 have none.
class Fit {
 public:
  explicit Fit(TrainOptions options = {}, int threads = 1, std::uint64_t seed = 1)
      : train_options(std::move(options)), pool(threads), random(seed) {
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    for (int n = 0; n < 70; ++n) {
      users.push_back(n * 7 % 11);
      items.push_back(n * 5 % 8);
      values.push_back(static_cast<float>(1 + (n * n + n / 11) % 5));
    }
    train = {users, items, values, {}};
  }

  FitContext context() {
    return {train,     validation,    12,          9,          ids,
            ids,       user_counts,   item_counts, {1, 5},     feedback,
            paths,     random,        c10::kCPU,   pool,       communicator ? *communicator : solo,
            optimizer, train_options, monitor,     warm_start, {}};
  }
  void run(Model& model) {
    const FitContext all = context();
    model.fit(all);
  }

  TrainOptions train_options;
  Interactions train, validation;
  std::vector<std::int64_t> user_counts = std::vector<std::int64_t>(12, 7);
  std::vector<std::int64_t> item_counts = std::vector<std::int64_t>(9, 9);
  std::map<std::string, Interactions> feedback;
  Vocabulary ids;  // no names: nothing here asks for them
  SearchPath paths;
  ThreadPool pool;
  Random random;
  SoloCommunicator solo;
  Communicator* communicator = nullptr;
  const Optimizer* optimizer = nullptr;
  Recorder monitor;
  const Archive* warm_start = nullptr;
};

// What the call says, or "" where it does not throw an Error.
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cofi::test
