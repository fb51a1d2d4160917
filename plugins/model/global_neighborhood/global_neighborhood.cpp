// Biases and learned weights between items. See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/neighbor_weights.hpp"
#include "cofi/kernels/residuals.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::kernels::Near;

constexpr cofi_param kParams[] = {
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, on batches; sequential: plain sgd, a rating at a time."),
    cofi::integer("k", "null", 1, 1000000, "Neighbors of an item, the most similar (all items)."),
    cofi::real("shrinkage", "null", 0, 1e9,
               "k: similarities of n common users are shrunk by (n - 1) / (n - 1 + this) (100)."),
    cofi::boolean("explicit", "true", "Weights of what neighbors were rated (w)."),
    cofi::boolean("implicit", "true", "Weights of which neighbors were rated at all (c)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::real("reg_explicit_weights", "null", 0, 1e9,
               "Regularization of w (the optimizer's weight_decay)."),
    cofi::real("reg_implicit_weights", "null", 0, 1e9,
               "Regularization of c (the optimizer's weight_decay)."),
    cofi::integer("baseline_epochs", "10", 1, 1000,
                  "Passes that find the fixed baseline's biases."),
    cofi::real("baseline_reg_user", "15", 0, 1e9, "Damping of the fixed baseline's user biases."),
    cofi::real("baseline_reg_item", "10", 0, 1e9, "Damping of the fixed baseline's item biases."),
    cofi::real("max_memory", "1024", 1, 1e9, "Megabytes that w and c may take."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Damping of the bias of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

std::optional<double> optional_real(const cofi::Params& params, const std::string& name) {
  if (!params.has(name)) return std::nullopt;
  return params.real(name);
}

cofi::kernels::NeighborWeightsOptions weight_options(const cofi::Params& params) {
  cofi::kernels::NeighborWeightsOptions options;
  if (params.has("k")) options.k = params.integer("k");
  options.shrinkage = optional_real(params, "shrinkage").value_or(options.shrinkage);
  options.explicit_part = params.boolean("explicit");
  options.implicit_part = params.boolean("implicit");
  options.max_memory = params.real("max_memory");
  options.reg_explicit = optional_real(params, "reg_explicit_weights");
  options.reg_implicit = optional_real(params, "reg_implicit_weights");
  return options;
}

class GlobalNeighborhood final : public cofi::GradientModel {
 public:
  explicit GlobalNeighborhood(const cofi::Params& params)
      : sequential_(params.text("solver") == "sequential"),
        reg_user_bias_(optional_real(params, "reg_user_bias")),
        reg_item_bias_(optional_real(params, "reg_item_bias")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")),
        residuals_({params.integer("baseline_epochs"), params.real("baseline_reg_user"),
                    params.real("baseline_reg_item")}),
        weights_(weight_options(params)),
        user_bias_(at::empty({0}, at::kFloat)),
        item_bias_(at::empty({0}, at::kFloat)) {
    if (!params.boolean("explicit") && !params.boolean("implicit")) {
      throw params.error("implicit",
                         "and explicit are false, which leaves no neighborhood; set one "
                         "to true, or use model/bias");
    }
    if (params.has("shrinkage") && !params.has("k")) {
      throw params.error("shrinkage", "has no use without k: all items are neighbors");
    }
  }

  // Biases start where the baseline's stand.
  void setup(const cofi::FitContext& context) override {
    low_ = context.scale.low;
    high_ = context.scale.high;
    residuals_.take(context);
    weights_.setup(context, residuals_);
    const auto table = [](const std::vector<double>& values) {
      at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kFloat);
      std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
      return tensor;
    };
    user_bias_ = table(residuals_.baseline().users);
    item_bias_ = table(residuals_.baseline().items);
    if (sequential_) ratings_ = cofi::rows_by_user(context.train, context.users, context.pool);
  }

  std::vector<cofi::Parameter> parameters() override {
    std::vector<cofi::Parameter> all = {
        {"user_bias", user_bias_, cofi::Rows::kUsers, reg_user_bias_},
        {"item_bias", item_bias_, cofi::Rows::kItems, reg_item_bias_}};
    weights_.add_parameters(all);
    return all;
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    return weights_.forward(residuals_, batch) + at::index_select(user_bias_, 0, batch.users) +
           at::index_select(item_bias_, 0, batch.items) + residuals_.mean();
  }

  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    slopes_.resize(static_cast<std::size_t>(batch.size()));
    loss_sum = slopes(batch, out);
    add_bias(out, out.users, 0);
    add_bias(out, out.items, 1);
    weights_.add_gradient(residuals_, batch, slopes_.data(), 2, out);
    return true;
  }

  bool runs_passes() const override { return sequential_; }

  // First the weights', then the biases' steps, each with the other as it stands.
  double pass(const cofi::SgdPass& pass) override {
    const auto users = static_cast<std::int32_t>(user_bias_.size(0));
    std::vector<float> rest(ratings_.entries.size()), sums(rest.size());
    for (std::int32_t user = 0; user < users; ++user) {
      auto at = static_cast<std::size_t>(ratings_.starts[static_cast<std::size_t>(user)]);
      for (const auto& rating : ratings_.row(user)) rest[at++] = biased(user, rating.id);
    }
    weights_.pass(residuals_, pass, {}, rest, sums);
    double loss_sum = 0;
    cofi::Random order = pass.random.stream("users");
    for (const std::int32_t user : order.permutation(users)) {
      loss_sum += bias_steps(pass, user, sums);
    }
    return loss_sum;
  }

  void predict(const cofi::Query& query, float* out) const override {
    Near near;
    for (const std::int32_t n : cofi::order_by(query.items)) {
      const auto at = static_cast<std::size_t>(n);
      const std::int32_t user = query.users[at], item = query.items[at];
      weights_.near(residuals_.of(user), item, near);
      out[at] = clipped(biased(user, item) + weights_.value(item, near));
    }
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    const auto width = static_cast<std::size_t>(items);
    for (std::size_t n = 0; n < users.size(); ++n) {
      for (std::int32_t item = 0; item < items; ++item) {
        out[n * width + static_cast<std::size_t>(item)] = biased(users[n], item);
      }
    }
    weights_.add_scores(residuals_, users, items, out);
    std::transform(out, out + users.size() * width, out, [&](float v) { return clipped(v); });
  }

  // A user is what it rated, and a bias: the damped average of what the rest leaves of it.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    residuals_.fold_in(rows, pool);
    const cofi::SparseRows own = cofi::rows_by_user(rows, residuals_.users(), pool);
    Near near;
    for (std::int32_t user = 0; user < own.size(); ++user) {
      if (own.row(user).empty()) continue;
      double left = 0;
      for (const auto& rating : own.row(user)) {
        weights_.near(residuals_.of(user), rating.id, near);
        left += double{rating.value} - biased(-1, rating.id) - weights_.value(rating.id, near);
      }
      user_bias_.data_ptr<float>()[user] =
          static_cast<float>(left / (fold_in_reg_ + static_cast<double>(own.row(user).size())));
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("scale_low", low_);
    archive("scale_high", high_);
    residuals_.state(archive);
    weights_.state(archive);
    parameters_state(archive);
    if (!archive.reading()) return;
    for (cofi::Parameter& parameter : parameters()) {
      if (!parameter.value.is_cpu()) parameter.value.set_data(parameter.value.cpu());
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", residuals_.mean());
    if (user >= 0) why.add("user bias", user_bias_.data_ptr<float>()[user]);
    if (item >= 0) why.add("item bias", item_bias_.data_ptr<float>()[item]);
    weights_.explain(residuals_.of(user), item, why);
    if (clip_) why.add("clipping", std::clamp(why.sum(), low_, high_) - why.sum());
    return why;
  }

  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    weights_.similar_items(item, items, out);
    return true;
  }

 private:
  // mean + b_u + b_i
  float biased(std::int32_t user, std::int32_t item) const {
    float value = static_cast<float>(residuals_.mean());
    if (user >= 0) value += user_bias_.data_ptr<float>()[user];
    if (item >= 0) value += item_bias_.data_ptr<float>()[item];
    return value;
  }

  float clipped(float value) const {
    return clip_ ? std::clamp(value, static_cast<float>(low_), static_cast<float>(high_)) : value;
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating; returns the losses' sum.
  double slopes(const cofi::Batch& batch, const cofi::RowGradients& out) {
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    const float* ratings = batch.values.data_ptr<float>();
    const auto scale = static_cast<float>(out.scale);
    constexpr std::int64_t kGrain = 64;
    return cofi::parallel_reduce(
        out.pool, batch.size(), kGrain, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          float* values = slopes_.data();
          for (std::int64_t n = begin; n < end; ++n) values[n] = biased(users[n], items[n]);
          weights_.add_values(residuals_, batch, begin, end, values);
          double sum = 0;
          for (std::int64_t n = begin; n < end; ++n) {
            const float error = values[n] - ratings[n];
            sum += out.loss.value(error);
            values[n] = out.loss.slope(error) * scale;
          }
          return sum;
        },
        std::plus<>());
  }

  void add_bias(cofi::RowGradients& out, const cofi::BatchRows& side, std::size_t parameter) {
    float* biases = out.gradients[parameter].data_ptr<float>();
    for (std::size_t m = 0; m < side.rows.size(); ++m) {
      const auto start = static_cast<std::size_t>(side.starts[m]);
      const auto count = static_cast<std::size_t>(side.starts[m + 1]) - start;
      biases[side.rows[m]] +=
          static_cast<float>(cofi::kernels::sum_at(side.order.slice(start, count), slopes_.data()));
    }
  }

  // The steps of both biases for each of a user's ratings, in shuffled order; the sum of losses.
  double bias_steps(const cofi::SgdPass& pass, std::int32_t user, const std::vector<float>& sums) {
    const cofi::View<cofi::SparseRows::Entry> ratings = ratings_.row(user);
    const auto start = static_cast<std::size_t>(ratings_.starts[static_cast<std::size_t>(user)]);
    const auto rate = static_cast<float>(pass.learning_rate);
    const auto decay_user = static_cast<float>(reg_user_bias_.value_or(pass.weight_decay));
    const auto decay_item = static_cast<float>(reg_item_bias_.value_or(pass.weight_decay));
    float& own = user_bias_.data_ptr<float>()[user];
    double loss_sum = 0;
    cofi::Random order = pass.random.stream("ratings").stream(static_cast<std::uint64_t>(user));
    for (const std::int32_t k : order.permutation(static_cast<std::int32_t>(ratings.size()))) {
      const auto n = static_cast<std::size_t>(k);
      const std::int32_t item = ratings[n].id;
      const float error = biased(user, item) + sums[start + n] - ratings[n].value;
      loss_sum += pass.loss.value(error);
      const float slope = pass.loss.slope(error);
      float& other = item_bias_.data_ptr<float>()[item];
      own -= rate * (slope + decay_user * own);
      other -= rate * (slope + decay_item * other);
    }
    return loss_sum;
  }

  bool sequential_;
  std::optional<double> reg_user_bias_, reg_item_bias_;
  double fold_in_reg_;
  bool clip_;

  double low_ = 0, high_ = 0;
  cofi::kernels::Residuals residuals_;
  cofi::kernels::NeighborWeights weights_;
  at::Tensor user_bias_, item_bias_;  // [users], [items]
  cofi::SparseRows ratings_;          // of the users, while training; sequential
  std::vector<float> slopes_;         // [batch] scratch of gradient()
};

}  // namespace

COFI_PLUGIN(cofi::Model, GlobalNeighborhood, "global_neighborhood", "1.0.0",
            "Biases and learned weights between items, of ratings and of what was rated.", kParams)
