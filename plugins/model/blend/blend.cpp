// A weighted sum of other models' predictions. See README.md beside this file.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/communicator.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/kernels/ridge.hpp"
#include "cofi/model.hpp"
#include "cofi/nested_model.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/progress.hpp"

namespace {

using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::map_of(cofi::nested("models", nullptr, "model",
                              "What is blended, by name; each may have its own optimizer, train.")),
    cofi::choice("weights", "holdout", "holdout|validation",
                 "Where weights are learned: on a part of the training interactions that the "
                 "models are not fitted on at first, or on the split's validation part."),
    cofi::real("share", "0.1", 0.001, 0.9, "holdout: the part of the training interactions."),
    cofi::real("reg", "1", 1e-9, 1e9, "Ridge penalty of the weights."),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

// Questions that are asked at a time.
constexpr std::size_t kBlock = 4096;

class Blend final : public cofi::Model {
 public:
  explicit Blend(const cofi::Params& params)
      : models_(cofi::take_models(params, "models")),
        validation_(params.text("weights") == "validation"),
        share_(params.real("share")),
        reg_(params.real("reg")),
        clip_(params.boolean("clip")) {
    if (models_.empty()) throw params.error("models", "is empty; name the models to blend");
    for (const cofi::NestedModel& each : models_) {
      if (each.model->output() == cofi::Output::kRating) continue;
      throw params.error("models", "'" + each.name +
                                       "' predicts scores, which do not add up to ratings; blend "
                                       "models of ratings");
    }
  }

  bool reads_times() const override {
    return std::any_of(models_.begin(), models_.end(),
                       [](const auto& each) { return each.model->reads_times(); });
  }

  void fit(const cofi::FitContext& context) override {
    clip_.take(context.scale);
    if (std::optional<cofi::Archive> saved = context.monitor.load_checkpoint()) progress(*saved);
    if (validation_) {
      if (context.validation.size() == 0) {
        throw cofi::Error("model/blend: weights: validation: the split has no validation part; ",
                          "give it a 'validation: <splitter>', or take weights: holdout");
      }
      fit_all(0, context, context.train, "");
      learn_weights(context.validation, context.pool);
      return;
    }
    const auto all = static_cast<std::int32_t>(context.train.size());
    const auto held = static_cast<std::int32_t>(share_ * all);
    if (held < 2 || all - held < 1) {
      throw cofi::Error("model/blend: a share of ", share_, " of ", all, " training interactions ",
                        "leaves ", held, " to learn weights on; at least 2 are needed");
    }
    if (round_ == 0) {
      cofi::Random random = context.random.stream("holdout");
      std::vector<std::int32_t> order = random.permutation(all);
      std::sort(order.begin(), order.begin() + held);
      std::sort(order.begin() + held, order.end());
      const auto count = static_cast<std::size_t>(held);
      const View<std::int32_t> rows = order;
      const cofi::Interactions first = context.train.rows(rows.slice(count), context.pool);
      fit_all(0, context, first,
              "blend/" + std::to_string(context.random.seed()) + "/" + std::to_string(share_));
      learn_weights(context.train.rows(rows.slice(0, count), context.pool), context.pool);
    }
    fit_all(1, context, context.train, "");
  }

  void predict(const cofi::Query& query, float* out) const override {
    std::vector<float> one(query.size());
    sum(query.size(), out, [&](const cofi::Model& model) {
      model.predict(query, one.data());
      return one.data();
    });
  }

  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    std::vector<float> one(users.size() * static_cast<std::size_t>(items));
    sum(one.size(), out, [&](const cofi::Model& model) {
      model.score(users, times, items, one.data());
      return one.data();
    });
  }

  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    bool any = false;
    for (const cofi::NestedModel& each : models_) any = each.model->fold_in(rows, pool) || any;
    return any;
  }

  void state(cofi::Archive& archive) override {
    archive("weights_of_models", weights_);
    archive("intercept", intercept_);
    clip_.state(archive);
    for (const cofi::NestedModel& each : models_) {
      cofi::Archive own = archive.child(each.name);
      each.model->state(own);
    }
  }

  // Those of the models, so that the cold start rule reaches them.
  std::vector<cofi::Parameter> parameters() override {
    std::vector<cofi::Parameter> all;
    for (const cofi::NestedModel& each : models_) {
      for (cofi::Parameter& parameter : each.model->parameters()) {
        parameter.name.insert(0, each.name + ".");
        all.push_back(std::move(parameter));
      }
    }
    return all;
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("intercept", intercept_);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      float predicted = 0;
      models_[m].model->predict({{&user, 1}, {&item, 1}, {}}, &predicted);
      why.add(models_[m].name, weights_[m] * predicted);
    }
    clip_.explain(why);
    return why;
  }

 private:
  // Round 0: the models on which weights are learned; round 1: those that stay. What an interrupted
  // fit has finished of a round it does not fit again.
  void fit_all(std::int64_t round, const cofi::FitContext& context, const cofi::Interactions& train,
               const std::string& part) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::seconds kBetween(10);  // checkpoints
    const auto save = [&] {
      cofi::Archive archive;
      progress(archive);
      context.monitor.save_checkpoint(archive);
    };
    if (round != std::exchange(round_, round)) fitted_ = 0;
    Clock::time_point saved = Clock::now();
    try {
      for (; fitted_ < static_cast<std::int64_t>(models_.size()); ++fitted_) {
        if (cofi::any(context.communicator, context.monitor.stop_requested())) {
          throw cofi::Interrupted();
        }
        if (cofi::any(context.communicator, Clock::now() - saved > kBetween)) {
          save();
          saved = Clock::now();
        }
        models_[static_cast<std::size_t>(fitted_)].fit(context, train, part);
      }
    } catch (const cofi::Interrupted&) {
      save();
      throw;
    }
  }

  // Of a fit under way.
  void progress(cofi::Archive& archive) {
    archive("round", round_);
    archive("fitted", fitted_);
    archive("weights_of_models", weights_);
    archive("intercept", intercept_);
    for (std::int64_t m = 0; m < fitted_; ++m) {
      cofi::NestedModel& each = models_[static_cast<std::size_t>(m)];
      cofi::Archive own = archive.child("models." + each.name);
      each.model->state(own);
      each.fitted = true;
    }
  }

  // weights = argmin sum over rows of (value - intercept - sum_m w_m x_m)^2 + reg |w|^2, with the
  // predictions x and the values taken from their means: the intercept is free.
  void learn_weights(const cofi::Interactions& rows, const cofi::ThreadPool& pool) {
    const std::size_t n = rows.size(), width = models_.size();
    std::vector<std::vector<float>> predicted(width, std::vector<float>(n));
    for (std::size_t m = 0; m < width; ++m) {
      const auto grain = static_cast<std::int64_t>(kBlock);
      cofi::parallel_for(
          pool, static_cast<std::int64_t>(n), grain, [&](std::int64_t begin, std::int64_t end) {
            const auto first = static_cast<std::size_t>(begin);
            const auto count = static_cast<std::size_t>(end - begin);
            models_[m].model->predict(
                {rows.users.view().slice(first, count), rows.items.view().slice(first, count),
                 rows.times.empty() ? View<std::int64_t>() : rows.times.view().slice(first, count)},
                predicted[m].data() + first);
          });
    }
    std::vector<double> means(width);
    for (std::size_t m = 0; m < width; ++m) {
      double total = 0;
      for (const float value : predicted[m]) total += value;
      means[m] = total / static_cast<double>(n);
    }
    const double mean = rows.mean();
    cofi::kernels::Ridge ridge(width);
    std::vector<double> row(width);
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t m = 0; m < width; ++m) row[m] = predicted[m][k] - means[m];
      ridge.add(row.data(), rows.values[k] - mean);
    }
    weights_ = ridge.solve(reg_);
    intercept_ = mean;
    for (std::size_t m = 0; m < width; ++m) intercept_ -= weights_[m] * means[m];
  }

  // out[n] = intercept + sum over the models of their weight times what ask gives, in double.
  template <class Ask>
  void sum(std::size_t n, float* out, const Ask& ask) const {
    std::vector<double> total(n, intercept_);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const float* values = ask(*models_[m].model);
      for (std::size_t k = 0; k < n; ++k) total[k] += weights_[m] * double{values[k]};
    }
    for (std::size_t k = 0; k < n; ++k) {
      out[k] = static_cast<float>(clip_(total[k]));
    }
  }

  std::vector<cofi::NestedModel> models_;
  bool validation_;
  double share_, reg_;
  cofi::Clipping clip_;
  std::vector<double> weights_;  // [models]
  double intercept_ = 0;
  std::int64_t round_ = 0, fitted_ = 0;  // of the fit: the round, and how many models it has fitted
};

}  // namespace

COFI_PLUGIN(cofi::Model, Blend, "blend", "1.0.0",
            "A weighted sum of other models' predictions (stacking).", kParams)
