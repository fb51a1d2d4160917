// Item similarities as products of factors. See README.md beside this file.
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/negatives.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

#include "descent.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;
using cofi::kernels::Negatives;
using cofi::kernels::RowTable;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of the items' two factor vectors."),
    cofi::choice("loss", "rmse", "rmse|auc",
                 "rmse: squared errors of ones and zeros; auc: of differences of the two."),
    cofi::real("alpha", "0.4", 0, 1,
               "A user's sum is divided by the number of its items to this: 0 sum, 1 mean."),
    cofi::integer("negatives", "5", 1, 1000,
                  "Items that the user has not, drawn in each epoch for every one that it has."),
    cofi::real("lr", "0.005", 1e-9, 10, "Learning rate (train.schedule changes it)."),
    cofi::real("reg_factors", "0.001", 0, 1e9, "Regularization of both factor vectors."),
    cofi::real("reg_user_bias", "0.02", 0, 1e9, "rmse: regularization of user biases."),
    cofi::real("reg_item_bias", "0.02", 0, 1e9, "Regularization of item biases."),
    cofi::real("init_deviation", "0.05", 0, 10, "Standard deviation of initial factors."),
};

// Of an item that is there twice, one entry.
SparseRows without_repeats(const SparseRows& rows) {
  SparseRows kept;
  kept.starts.push_back(0);
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    std::int32_t last = -1;
    for (const SparseRows::Entry& entry : rows.row(row)) {
      if (entry.id != last) kept.entries.push_back({entry.id, 1});
      last = entry.id;
    }
    kept.starts.push_back(static_cast<std::int64_t>(kept.entries.size()));
  }
  return kept;
}

class Fism final : public cofi::IterativeModel {
 public:
  explicit Fism(const cofi::Params& params)
      : factors_(params.integer("factors")),
        pairs_(params.text("loss") == "auc"),
        alpha_(params.real("alpha")),
        drawn_of_each_(params.integer("negatives")),
        initial_rate_(params.real("lr")),
        rate_(initial_rate_),
        reg_factors_(params.real("reg_factors")),
        reg_user_bias_(params.real("reg_user_bias")),
        reg_item_bias_(params.real("reg_item_bias")),
        init_deviation_(params.real("init_deviation")) {
    for (const char* name : {"reg_factors", "reg_user_bias", "reg_item_bias"}) {
      if (params.real(name) * initial_rate_ < 1) continue;
      throw params.error(name, "times lr (" + std::to_string(initial_rate_) +
                                   ") must be below 1: a step would leave nothing of a value");
    }
  }

  cofi::Output output() const override { return cofi::Output::kScore; }

  void begin(const cofi::FitContext& context) override {
    if (context.train.size() == 0) {
      throw cofi::Error("model/fism: there are no training interactions to learn from");
    }
    context_ = &context;
    rows_ = without_repeats(cofi::rows_by_user(context.train, context.users, context.pool));
    negatives_ = Negatives(context.train, context.users, context.items, Negatives::Weight::kUniform,
                           context.pool);
    trained_.clear();
    for (std::int32_t user = 0; user < context.users; ++user) {
      if (!rows_.row(user).empty() && negatives_.any(user)) trained_.push_back(user);
    }
    if (trained_.empty()) {
      throw cofi::Error("model/fism learns from items that users have no interaction with, and ",
                        "every user of the training data has all items");
    }
    const cofi::Random init = context.random.stream("init");
    const auto draw = [&](const char* name) {
      return cofi::kernels::random_rows(context.items, factors_, true, init_deviation_,
                                        init.stream(name), context.pool);
    };
    rated_factors_ = draw("rated");
    item_factors_ = draw("items");
    item_bias_ = at::zeros({context.items}, at::kFloat);
    user_bias_ = at::zeros({context.users}, at::kFloat);
    user_factors_ = cofi::kernels::padded_rows(context.users, factors_);
    add_up(rows_, context.pool);
  }

  double epoch(std::int64_t n) override {
    const cofi::Random random =
        context_->random.stream("epoch").stream(static_cast<std::uint64_t>(n));
    fism::Descent descent(
        {cofi::kernels::row_table(rated_factors_), cofi::kernels::row_table(item_factors_),
         user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>()},
        {pairs_, alpha_, drawn_of_each_, rate_, reg_factors_, reg_user_bias_, reg_item_bias_},
        negatives_);
    double loss = 0, steps = 0;
    for (const std::int32_t at :
         random.stream("users").permutation(static_cast<std::int32_t>(trained_.size()))) {
      const std::int32_t user = trained_[static_cast<std::size_t>(at)];
      const View<SparseRows::Entry> own = rows_.row(user);
      loss += descent.visit(user, own, random.stream(static_cast<std::uint64_t>(user)));
      steps += static_cast<double>(descent.steps(own.size()));
    }
    if (!std::isfinite(loss)) {
      throw cofi::Error("training diverged: the loss is ", loss, " in epoch ", n,
                        ", at learning rate ", rate_, "; lower model/fism's lr");
    }
    add_up(rows_, context_->pool);
    return loss / steps;
  }

  double learning_rate() const override { return rate_; }
  void scale_learning_rate(double factor) override { rate_ = initial_rate_ * factor; }

  void end() override {
    negatives_ = {};
    trained_ = {};
    context_ = nullptr;
  }

  void predict(const cofi::Query& query, float* out) const override {
    cofi::kernels::predict(view(), query.users, query.items, out);
    for (std::size_t n = 0; n < query.size(); ++n) {
      const std::int32_t user = query.users[n], item = query.items[n];
      if (user >= 0 && item >= 0 && has(user, item)) out[n] = value_of_own(user, item);
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    cofi::kernels::scores(view(), users, items, out);
    for (std::size_t n = 0; n < users.size(); ++n) {
      if (users[n] < 0) continue;
      float* row = out + n * static_cast<std::size_t>(items);
      for (const SparseRows::Entry& entry : rows_.row(users[n])) {
        row[entry.id] = value_of_own(users[n], entry.id);
      }
    }
  }

  // A user is what it has; a bias, which orders nothing, cannot be known of it.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const SparseRows own = without_repeats(cofi::rows_by_user(rows, rows_.size(), pool));
    add_up(own, pool);
    cofi::replace_rows(rows_, own);
    return true;
  }

  void state(cofi::Archive& archive) override {
    cofi::kernels::padded_state(archive, "rated_factors", rated_factors_);
    cofi::kernels::padded_state(archive, "item_factors", item_factors_);
    archive.on_cpu()("item_bias", item_bias_);
    cofi::kernels::padded_state(archive, "user_factors", user_factors_);
    archive.on_cpu()("user_bias", user_bias_);
    cofi::rows_state(archive, "ratings", rows_);
  }

  // Items that nobody has are learned, too, as negatives: cold start has nothing to stand in for.
  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    return {{"user_factors", user_factors_, Rows::kUsers},
            {"user_bias", user_bias_, Rows::kUsers},
            {"rated_factors", rated_factors_, Rows::kShared},
            {"item_factors", item_factors_, Rows::kShared},
            {"item_bias", item_bias_, Rows::kShared}};
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    if (user >= 0) why.add("user bias", user_bias_.data_ptr<float>()[user]);
    if (item >= 0) why.add("item bias", item_bias_.data_ptr<float>()[item]);
    if (user < 0 || item < 0) return why;
    const RowTable rated = cofi::kernels::row_table(rated_factors_);
    const RowTable users = cofi::kernels::row_table(user_factors_);
    const float* factors = cofi::kernels::row_table(item_factors_).row(item);
    const View<SparseRows::Entry> own = rows_.row(user);
    if (own.empty()) {
      why.add("factors", cofi::kernels::dot(users.row(user), factors, users.stride));
      return why;
    }
    const double share = weight(static_cast<std::int64_t>(own.size()) - (has(user, item) ? 1 : 0));
    for (const SparseRows::Entry& entry : own) {
      if (entry.id == item) continue;
      const double alike = cofi::kernels::dot(rated.row(entry.id), factors, rated.stride);
      why.add("neighbor", share * alike, cofi::Rows::kItems, entry.id);
    }
    return why;
  }

  // p_item . q_j: what having the item says for j.
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    const RowTable rated = cofi::kernels::row_table(rated_factors_);
    const RowTable table = cofi::kernels::row_table(item_factors_);
    for (std::int32_t other = 0; other < items; ++other) {
      out[other] = cofi::kernels::dot(rated.row(item), table.row(other), rated.stride);
    }
    return true;
  }

 private:
  float weight(std::int64_t count) const { return fism::weight(count, alpha_); }

  // The users' vectors n^-alpha (sum of p_j), of the users who have entries in `rows`.
  void add_up(const SparseRows& rows, const cofi::ThreadPool& pool) {
    const RowTable rated = cofi::kernels::row_table(rated_factors_);
    const RowTable users = cofi::kernels::row_table(user_factors_);
    constexpr std::int64_t kGrain = 64;
    cofi::parallel_for(pool, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (auto user = static_cast<std::int32_t>(begin); user < static_cast<std::int32_t>(end);
           ++user) {
        const View<SparseRows::Entry> own = rows.row(user);
        if (own.empty()) continue;
        float* __restrict sum = users.row(user);
        std::fill(sum, sum + users.stride, 0.0F);
        for (const SparseRows::Entry& entry : own) {
          const float* row = rated.row(entry.id);
          for (std::int64_t k = 0; k < users.stride; ++k) sum[k] += row[k];
        }
        const float share = weight(static_cast<std::int64_t>(own.size()));
        for (std::int64_t k = 0; k < users.stride; ++k) sum[k] *= share;
      }
    });
  }

  bool has(std::int32_t user, std::int32_t item) const {
    const View<SparseRows::Entry> own = rows_.row(user);
    const auto* found = std::lower_bound(
        own.begin(), own.end(), item,
        [](const SparseRows::Entry& entry, std::int32_t id) { return entry.id < id; });
    return found != own.end() && found->id == item;
  }

  // The value of an item that the user has: without what the item says for itself.
  float value_of_own(std::int32_t user, std::int32_t item) const {
    const RowTable rated = cofi::kernels::row_table(rated_factors_);
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const auto count = static_cast<std::int64_t>(rows_.row(user).size());
    const float* factors = items.row(item);
    const float all = cofi::kernels::dot(cofi::kernels::row_table(user_factors_).row(user), factors,
                                         items.stride) /
                      weight(count);
    const float own = cofi::kernels::dot(rated.row(item), factors, items.stride);
    return user_bias_.data_ptr<float>()[user] + item_bias_.data_ptr<float>()[item] +
           weight(count - 1) * (all - own);
  }

  cofi::kernels::BiasedFactors view() const {
    return {0, user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(),
            cofi::kernels::row_table(user_factors_), cofi::kernels::row_table(item_factors_)};
  }

  std::int64_t factors_;
  bool pairs_;
  double alpha_;
  std::int64_t drawn_of_each_;
  double initial_rate_, rate_;
  double reg_factors_, reg_user_bias_, reg_item_bias_, init_deviation_;

  at::Tensor rated_factors_, item_factors_;  // [items x factors] p and q, padded rows
  at::Tensor item_bias_;                     // [items]
  SparseRows rows_;                          // what each user has
  at::Tensor user_factors_;                  // [users x factors] weighted sums of p, padded rows
  at::Tensor user_bias_;                     // [users] zeros for auc

  // Of the fit.
  const cofi::FitContext* context_ = nullptr;
  Negatives negatives_;
  std::vector<std::int32_t> trained_;  // users with something to learn from
};

}  // namespace

COFI_PLUGIN(cofi::Model, Fism, "fism", "1.0.0",
            "Factored item similarities, learned for lists of items.", kParams)
