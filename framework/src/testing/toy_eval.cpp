#include "cofi/testing/toy_eval.hpp"

#include <algorithm>
#include <map>

#include "eval/ranking_builder.hpp"

namespace cofi::testing {

ToyEval::ToyEval(const std::vector<EvaluatedRow>& rows, RatingScale scale, double squared_norm)
    : scale_(scale), squared_norm_(squared_norm) {
  std::vector<std::int32_t> users;
  std::vector<std::int32_t> items;
  std::vector<float> values;
  for (const EvaluatedRow& row : rows) {
    users.push_back(row.user);
    items.push_back(row.item);
    values.push_back(row.value);
    predictions_.push_back(row.prediction);
  }
  const auto ones = [](const std::vector<std::int32_t>& ids) {
    const std::int32_t size = ids.empty() ? 0 : *std::max_element(ids.begin(), ids.end()) + 1;
    return std::vector<std::int64_t>(static_cast<std::size_t>(size), 1);
  };
  user_counts_ = ones(users);
  item_counts_ = ones(items);
  interactions_ = {users, items, values, {}};
}

EvalContext ToyEval::context() const {
  return {interactions_, predictions_, scale_, 3, user_counts_, item_counts_, squared_norm_};
}

MetricValue ToyEval::of(const Metric& metric) const {
  EvalContext given = context();
  const RankingNeeds needs = metric.ranking();
  if (!needs.any()) return metric.compute(given);
  constexpr double kRelevance = 4;
  eval::RankingBuilder builder(interactions_, static_cast<std::int32_t>(user_counts_.size()),
                               static_cast<std::int32_t>(item_counts_.size()), needs, kRelevance);
  std::vector<eval::OwnItem> own;
  eval::RankScratch scratch;
  for (std::size_t n = 0; n < builder.size(); ++n) {
    std::map<std::int32_t, float> scored;
    for (const std::int32_t row : builder.rows(n)) {
      const auto at = static_cast<std::size_t>(row);
      scored[interactions_.items[at]] = predictions_[at];
    }
    std::vector<std::int32_t> items;
    std::vector<float> scores;
    for (const auto& [item, score] : scored) {
      items.push_back(item);
      scores.push_back(score);
    }
    builder.own_items(n, own);
    builder.add(n, {items, scores}, own, scratch);
  }
  const Ranking ranking = builder.take();
  std::vector<std::vector<std::string>> tags(item_counts_.size());
  for (std::size_t item = 0; item < tags.size(); item += 2) tags[item] = {"even"};
  given.ranking = &ranking;
  given.tags = tags;
  return metric.compute(given);
}

std::vector<EvaluatedRow> hand_evaluation() {
  return {{0, 0, 5, 4}, {0, 1, 3, 3}, {0, 2, 1, 2.5F}, {1, 0, 4, 4.5F}, {1, 2, 2, 3}, {2, 1, 4, 4}};
}

}  // namespace cofi::testing
