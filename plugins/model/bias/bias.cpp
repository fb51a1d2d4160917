// mean + b_u + b_i, without factors. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/kernels/biases.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("method", "als", "als|damped",
                 "als alternates between items and users; damped averages once."),
    cofi::integer("epochs", "null", 1, 1000, "als: passes over items and users (10)."),
    cofi::real("reg_user", "null", 0, 1e9, "Damping of user biases (als 15, damped 10)."),
    cofi::real("reg_item", "null", 0, 1e9, "Damping of item biases (als 10, damped 25)."),
    cofi::real("half_life", "null", 1e-6, 1e9,
               "Days in which what a rating counts halves (all ratings count the same)."),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

// The rows with what each counts as their values: 2^(-age / half_life), its age before `latest`.
cofi::Interactions by_recency(const cofi::Interactions& rows, std::int64_t latest,
                              double half_life) {
  if (rows.times.size() < rows.size()) {
    throw cofi::Error(
        "model/bias: half_life needs the ratings' times, and these have none; name "
        "the dataset's column of times, or remove half_life");
  }
  constexpr double kDay = 86400;
  std::vector<float> weights;
  for (const std::int64_t time : rows.times) {
    const double age = static_cast<double>(std::max<std::int64_t>(0, latest - time)) / kDay;
    weights.push_back(static_cast<float>(std::exp2(-age / half_life)));
  }
  cofi::Interactions weighted = rows;
  weighted.values = std::move(weights);
  return weighted;
}

class Bias final : public cofi::Model {
 public:
  explicit Bias(const cofi::Params& params) : clip_(params.boolean("clip")) {
    const bool als = params.text("method") == "als";
    if (!als && params.has("epochs")) {
      throw params.error("epochs", "has no use with method: damped, which averages once");
    }
    // Damped averages are the first pass of als, from biases of zero.
    epochs_ = !als ? 1 : params.has("epochs") ? params.integer("epochs") : 10;
    reg_user_ = params.optional_real("reg_user").value_or(als ? 15 : 10);
    reg_item_ = params.optional_real("reg_item").value_or(als ? 10 : 25);
    half_life_ = params.optional_real("half_life");
  }

  void fit(const cofi::FitContext& context) override {
    const cofi::SparseRows by_user = cofi::rows_by_user(context.train, context.users, context.pool);
    const cofi::SparseRows by_item = cofi::rows_by_item(context.train, context.items, context.pool);
    mean_ = context.train.mean();
    clip_.take(context.scale);
    cofi::kernels::BiasWeights weights;
    if (half_life_) {
      const auto& times = context.train.times;
      latest_ = times.empty() ? 0 : *std::max_element(times.begin(), times.end());
      const cofi::Interactions weighted = by_recency(context.train, latest_, *half_life_);
      weights = {cofi::rows_by_user(weighted, context.users, context.pool),
                 cofi::rows_by_item(weighted, context.items, context.pool)};
    }
    const cofi::kernels::Biases biases =
        cofi::kernels::als_biases(by_user, by_item, mean_, {epochs_, reg_user_, reg_item_},
                                  context.pool, half_life_ ? &weights : nullptr);
    user_bias_ = cofi::kernels::bias_table(biases.users);
    item_bias_ = cofi::kernels::bias_table(biases.items);
  }

  void predict(const cofi::Query& query, float* out) const override {
    const float* users = user_bias_.data_ptr<float>();
    const float* items = item_bias_.data_ptr<float>();
    for (std::size_t n = 0; n < query.size(); ++n) {
      const std::int32_t user = query.users[n], item = query.items[n];
      const double user_term = user < 0 ? 0 : users[user];
      const double item_term = item < 0 ? 0 : items[item];
      const double value = mean_ + user_term + item_term;
      out[n] = static_cast<float>(clip_(value));
    }
  }

  // The user step of als, the items' biases as they are.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const float* items = item_bias_.data_ptr<float>();
    const std::vector<double> item_bias(items, items + item_bias_.size(0));
    const auto users = static_cast<std::int32_t>(user_bias_.size(0));
    std::vector<double> user_bias(static_cast<std::size_t>(users));
    cofi::SparseRows weights;
    if (half_life_) {
      weights = cofi::rows_by_user(by_recency(rows, latest_, *half_life_), users, pool);
    }
    cofi::kernels::damped_biases(cofi::rows_by_user(rows, users, pool), mean_, item_bias, reg_user_,
                                 user_bias, pool, half_life_ ? &weights : nullptr);
    for (const std::int32_t user : rows.users) {
      user_bias_.data_ptr<float>()[user] =
          static_cast<float>(user_bias[static_cast<std::size_t>(user)]);
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    archive.on_cpu()("user_bias", user_bias_);
    archive.on_cpu()("item_bias", item_bias_);
    if (half_life_) archive("latest", latest_);
  }

  std::vector<cofi::Parameter> parameters() override {
    return {{"user_bias", user_bias_, cofi::Rows::kUsers},
            {"item_bias", item_bias_, cofi::Rows::kItems}};
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", mean_);
    if (user >= 0) why.add("user bias", user_bias_[user].item<double>());
    if (item >= 0) why.add("item bias", item_bias_[item].item<double>());
    clip_.explain(why);
    return why;
  }

 private:
  std::int64_t epochs_;
  double reg_user_, reg_item_;
  std::optional<double> half_life_;  // days
  cofi::Clipping clip_;
  double mean_ = 0;
  std::int64_t latest_ = 0;           // half_life: the time of the latest training rating
  at::Tensor user_bias_, item_bias_;  // [users], [items]
};

}  // namespace

COFI_PLUGIN(cofi::Model, Bias, "bias", "1.0.0", "Mean plus a bias of the user and of the item.",
            kParams)
