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

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/biases.hpp"
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

class GlobalNeighborhood final : public cofi::GradientModel {
 public:
  explicit GlobalNeighborhood(const cofi::Params& params)
      : sequential_(params.text("solver") == "sequential"),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")),
        residuals_(params),
        weights_(cofi::kernels::NeighborWeightsOptions::of(params)),
        user_bias_(at::empty({0}, at::kFloat)),
        item_bias_(at::empty({0}, at::kFloat)) {
    if (!params.boolean("explicit") && !params.boolean("implicit")) {
      throw params.error("implicit",
                         "and explicit are false, which leaves no neighborhood; set one "
                         "to true, or use model/bias");
    }
  }

  // Biases start where the baseline's stand.
  void setup(const cofi::FitContext& context) override {
    clip_.take(context.scale);
    residuals_.take(context);
    weights_.setup(context, residuals_);
    user_bias_ = residuals_.user_bias();
    item_bias_ = residuals_.item_bias();
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
    cofi::kernels::add_biases(out, out.users, slopes_.data(), 0);
    cofi::kernels::add_biases(out, out.items, slopes_.data(), 1);
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
      out[at] = clip_(biased(user, item) + weights_.value(item, near));
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
    clip_.all(out, users.size() * width);
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
    clip_.state(archive);
    residuals_.state(archive);
    weights_.state(archive);
    cofi::Archive host = archive.on_cpu();
    parameters_state(host);
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", residuals_.mean());
    if (user >= 0) why.add("user bias", user_bias_.data_ptr<float>()[user]);
    if (item >= 0) why.add("item bias", item_bias_.data_ptr<float>()[item]);
    weights_.explain(residuals_.of(user), item, why);
    clip_.explain(why);
    return why;
  }

  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    weights_.similar_items(item, items, out);
    return true;
  }

 private:
  // mean + b_u + b_i
  float biased(std::int32_t user, std::int32_t item) const {
    return cofi::kernels::biased(static_cast<float>(residuals_.mean()),
                                 user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(), user,
                                 item);
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating; returns the losses' sum.
  double slopes(const cofi::Batch& batch, const cofi::RowGradients& out) {
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    constexpr std::int64_t kGrain = 64;
    return cofi::kernels::batch_slopes(batch, out, kGrain, slopes_.data(),
                                       [&](std::int64_t begin, std::int64_t end) {
                                         float* values = slopes_.data();
                                         for (std::int64_t n = begin; n < end; ++n)
                                           values[n] = biased(users[n], items[n]);
                                         weights_.add_values(residuals_, batch, begin, end, values);
                                       });
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
  cofi::Clipping clip_;

  cofi::kernels::Residuals residuals_;
  cofi::kernels::NeighborWeights weights_;
  at::Tensor user_bias_, item_bias_;  // [users], [items]
  cofi::SparseRows ratings_;          // of the users, while training; sequential
  std::vector<float> slopes_;         // [batch] scratch of gradient()
};

}  // namespace

COFI_PLUGIN(cofi::Model, GlobalNeighborhood, "global_neighborhood", "1.0.0",
            "Biases and learned weights between items, of ratings and of what was rated.", kParams)
