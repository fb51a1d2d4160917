// What a user gave other items, plus how much higher the item is rated than those. See README.md
// beside this file.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

#include "deviations.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::choice("variant", "plain", "plain|weighted|bipolar",
                 "Whether pairs of items count alike, or by their common users; bipolar: likes "
                 "among likes and dislikes among dislikes."),
    cofi::late(cofi::choice("unseen", "offset", "offset|mean",
                            "For unseen users or items: the mean of the other one, or of all.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

// The pairs of one item, spread out over all items, and what is collected of them.
struct Asked {
  struct Term {
    std::int32_t item;
    double weight, value;
  };
  std::vector<float> values, counts;  // [pairs' sides x items]; counts 0: no such pair
  std::vector<Term> terms;
};

class SlopeOne final : public cofi::Model {
 public:
  explicit SlopeOne(const cofi::Params& params)
      : weighted_(params.text("variant") != "plain"),
        sides_(params.text("variant") == "bipolar" ? 2 : 1),
        unseen_mean_(params.text("unseen") == "mean"),
        clip_(params.boolean("clip")) {}

  void fit(const cofi::FitContext& context) override {
    users_ = cofi::rows_by_user(context.train, context.users, context.pool);
    const SparseRows items = cofi::rows_by_item(context.train, context.items, context.pool);
    mean_ = context.train.mean();
    clip_.take(context.scale);
    user_means_ = means_of(users_);
    item_means_ = means_of(items);
    if (sides_ == 1) {
      deviations_[0] = deviations_of(users_, items, context.pool);
      return;
    }
    for (const std::size_t side : {0, 1}) {
      const SparseRows half = side_of(users_, side);
      deviations_[side] = deviations_of(half, cofi::transposed(half, context.items), context.pool);
    }
  }

  void predict(const cofi::Query& query, float* out) const override {
    Asked asked = room();
    std::int32_t loaded = -1;
    for (const std::int32_t n : cofi::order_by(query.items)) {
      const auto at = static_cast<std::size_t>(n);
      if (query.items[at] != loaded) {
        unload(loaded, asked);
        load(loaded = query.items[at], asked);
      }
      out[at] = predicted(query.users[at], loaded, asked);
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    Asked asked = room();
    for (std::int32_t item = 0; item < items; ++item) {
      load(item, asked);
      for (std::size_t n = 0; n < users.size(); ++n) {
        out[n * static_cast<std::size_t>(items) + static_cast<std::size_t>(item)] =
            predicted(users[n], item, asked);
      }
      unload(item, asked);
    }
  }

  // A user is what it rated.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const SparseRows own = cofi::rows_by_user(rows, users_.size(), pool);
    cofi::replace_rows(users_, own);
    user_means_ = means_of(users_);
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    archive("user_means", user_means_);
    archive("item_means", item_means_);
    cofi::rows_state(archive, "users", users_);
    for (std::size_t side = 0; side < sides_; ++side) {
      cofi::Archive own = archive.child("deviations_" + std::to_string(side));
      deviations_[side].state(own);
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    Asked asked = room();
    load(item, asked);
    const double prediction = unclipped(user, item, asked);
    if (asked.terms.empty()) {
      why.add("mean", prediction);
    } else {
      double weights = 0;
      for (const Asked::Term& term : asked.terms) weights += term.weight;
      for (const Asked::Term& term : asked.terms) {
        why.add("neighbor", term.weight * term.value / weights, cofi::Rows::kItems, term.item);
      }
    }
    clip_.explain(why, prediction);
    return why;
  }

 private:
  // NaN where there is nothing to take the mean of.
  static std::vector<float> means_of(const SparseRows& rows) {
    std::vector<float> means;
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      double sum = 0;
      for (const auto& entry : rows.row(row)) sum += entry.value;
      means.push_back(static_cast<float>(sum / static_cast<double>(rows.row(row).size())));
    }
    return means;
  }

  // 0: the user likes what it rated above its mean; 1: it does not.
  std::size_t side_of(float rating, float mean) const {
    return sides_ == 2 && !(rating > mean) ? 1 : 0;
  }

  SparseRows side_of(const SparseRows& users, std::size_t side) const {
    SparseRows half;
    half.starts.push_back(0);
    for (std::int32_t user = 0; user < users.size(); ++user) {
      const float mean = user_means_[static_cast<std::size_t>(user)];
      for (const auto& entry : users.row(user)) {
        if (side_of(entry.value, mean) == side) half.entries.push_back(entry);
      }
      half.starts.push_back(static_cast<std::int64_t>(half.entries.size()));
    }
    return half;
  }

  Asked room() const {
    Asked asked;
    asked.values.resize(sides_ * item_means_.size());
    asked.counts.resize(asked.values.size());
    return asked;
  }

  // visit(place in Asked, deviation, count) for all pairs of the item.
  template <class Visit>
  void each_pair(std::int32_t item, const Visit& visit) const {
    if (item < 0) return;
    const auto i = static_cast<std::size_t>(item);
    for (std::size_t side = 0; side < sides_; ++side) {
      const Deviations& pairs = deviations_[side];
      for (auto n = static_cast<std::size_t>(pairs.starts[i]);
           n < static_cast<std::size_t>(pairs.starts[i + 1]); ++n) {
        visit(side * item_means_.size() + static_cast<std::size_t>(pairs.ids[n]), pairs.values[n],
              pairs.counts[n]);
      }
    }
  }

  void load(std::int32_t item, Asked& asked) const {
    each_pair(item, [&](std::size_t at, float value, float count) {
      asked.values[at] = value;
      asked.counts[at] = count;
    });
  }
  void unload(std::int32_t item, Asked& asked) const {
    each_pair(item, [&](std::size_t at, float, float) { asked.counts[at] = 0; });
  }

  // The prediction where no pair tells more.
  double alone(std::int32_t user, std::int32_t item) const {
    const auto mean = [](std::int32_t id, const std::vector<float>& means) {
      return id < 0 ? NAN : means[static_cast<std::size_t>(id)];
    };
    const float of_user = mean(user, user_means_), of_item = mean(item, item_means_);
    const bool both = !std::isnan(of_user) && !std::isnan(of_item);
    if (!both && unseen_mean_) return mean_;
    return !std::isnan(of_user) ? of_user : !std::isnan(of_item) ? of_item : mean_;
  }

  // Leaves the terms in asked: the prediction is their weighted mean.
  double unclipped(std::int32_t user, std::int32_t item, Asked& asked) const {
    asked.terms.clear();
    if (user < 0 || item < 0) return alone(user, item);
    const float user_mean = user_means_[static_cast<std::size_t>(user)];
    double sum = 0, weights = 0;
    for (const auto& rated : users_.row(user)) {
      const std::size_t at =
          side_of(rated.value, user_mean) * item_means_.size() + static_cast<std::size_t>(rated.id);
      if (asked.counts[at] == 0) continue;
      const double weight = weighted_ ? asked.counts[at] : 1;
      const double value = double{asked.values[at]} + (weighted_ ? rated.value : user_mean);
      asked.terms.push_back({rated.id, weight, value});
      sum += weight * value;
      weights += weight;
    }
    return weights > 0 ? sum / weights : alone(user, item);
  }

  float predicted(std::int32_t user, std::int32_t item, Asked& asked) const {
    const double value = unclipped(user, item, asked);
    return static_cast<float>(clip_(value));
  }

  bool weighted_;
  std::size_t sides_;  // 2 with bipolar: likes, dislikes
  bool unseen_mean_;
  cofi::Clipping clip_;
  double mean_ = 0;
  SparseRows users_;                            // what each user rated
  std::vector<float> user_means_, item_means_;  // NaN without ratings
  Deviations deviations_[2];
};

}  // namespace

COFI_PLUGIN(cofi::Model, SlopeOne, "slope_one", "1.0.0",
            "Average differences between the ratings of items.", kParams)
