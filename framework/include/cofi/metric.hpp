// The interface of metric plugins.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/data.hpp"
#include "cofi/error.hpp"
#include "cofi/interactions.hpp"
#include "cofi/model.hpp"

namespace cofi {

struct Ranking;

// What a metric looks at of the candidates' ranking (see ranking.hpp); nothing else is computed.
struct RankingNeeds {
  std::int64_t list = 0;  // the best candidates of each user, so many; 0: no lists
  bool ranks = false;     // where each relevant item stands among all candidates
  bool tags = false;      // the items' tags; an Error before the first fit where there are none

  bool any() const { return list > 0 || ranks; }
};

// What a metric computes from: the predictions of the evaluated interactions, or a ranking.
struct EvalContext {
  const Interactions& interactions;  // what was evaluated: users, items, true values
  View<float> predictions;           // [n]; empty for a metric that needs a ranking
  RatingScale scale;
  double train_mean;               // of the training values
  View<std::int64_t> user_counts;  // [users] training interactions
  View<std::int64_t> item_counts;  // [items]
  // The sum of squares of the model's parameters, for regularized errors.
  double squared_norm;
  // For metrics that need it, else null.
  const Ranking* ranking = nullptr;
  View<std::vector<std::string>> tags = {};  // [items] (genres, ...), or empty
  const Interactions* train = nullptr;       // what the model was trained on
};

struct MetricValue {
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN where it is not defined
  // One a user where the metric is a mean over users, for the statistics; else empty.
  std::vector<std::int32_t> users;
  std::vector<double> per_user;
};

class COFI_API Metric {
 public:
  static constexpr char kKind[] = "metric";
  static constexpr unsigned kUses = 0;

  virtual ~Metric();
  virtual bool higher_is_better() const = 0;
  // The models it can judge: rating metrics leave score models' cells empty.
  virtual Output needs() const { return Output::kRating; }
  // A metric of lists says here what it needs; by default it is one of predictions.
  virtual RankingNeeds ranking() const { return {}; }
  virtual MetricValue compute(const EvalContext& context) const = 0;
};

}  // namespace cofi
