#include "cofi/testing/toy_eval.hpp"

#include <algorithm>
#include <map>

#include "eval/ranking_builder.hpp"

namespace cofi::testing {

namespace {

Interactions table_of(const std::vector<EvaluatedRow>& rows) {
  std::vector<std::int32_t> users;
  std::vector<std::int32_t> items;
  std::vector<float> values;
  for (const EvaluatedRow& row : rows) {
    users.push_back(row.user);
    items.push_back(row.item);
    values.push_back(row.value);
  }
  return {users, items, values, {}};
}

std::size_t size_of(View<std::int32_t> ids) {
  return ids.empty() ? 0 : static_cast<std::size_t>(*std::max_element(ids.begin(), ids.end())) + 1;
}

std::vector<EvaluatedRow> one_an_item(std::size_t users, std::size_t items) {
  std::vector<EvaluatedRow> rows;
  for (std::size_t item = 0; item < items; ++item) {
    rows.push_back({static_cast<std::int32_t>(item % users), static_cast<std::int32_t>(item), 3});
  }
  return rows;
}

}  // namespace

ToyEval::ToyEval(const std::vector<EvaluatedRow>& rows, RatingScale scale, double squared_norm,
                 const std::vector<EvaluatedRow>& train)
    : interactions_(table_of(rows)), scale_(scale), squared_norm_(squared_norm) {
  for (const EvaluatedRow& row : rows) predictions_.push_back(row.prediction);
  user_counts_.resize(size_of(interactions_.users));
  item_counts_.resize(size_of(interactions_.items));
  train_ = table_of(train.empty() ? one_an_item(user_counts_.size(), item_counts_.size()) : train);
  for (const std::int32_t user : train_.users) ++user_counts_.at(static_cast<std::size_t>(user));
  for (const std::int32_t item : train_.items) ++item_counts_.at(static_cast<std::size_t>(item));
}

EvalContext ToyEval::context() const {
  EvalContext shown{interactions_, predictions_, scale_,       3,
                    user_counts_,  item_counts_, squared_norm_};
  shown.train = &train_;
  return shown;
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
  for (std::size_t item = 0; item < tags.size(); item += 2) tags[item].emplace_back("even");
  for (std::size_t item = 0; item < tags.size(); item += 3) tags[item].emplace_back("third");
  given.ranking = &ranking;
  given.tags = tags;
  return metric.compute(given);
}

std::vector<EvaluatedRow> hand_evaluation() {
  return {{0, 0, 5, 4}, {0, 1, 3, 3}, {0, 2, 1, 2.5F}, {1, 0, 4, 4.5F}, {1, 2, 2, 3}, {2, 1, 4, 4}};
}

}  // namespace cofi::testing
