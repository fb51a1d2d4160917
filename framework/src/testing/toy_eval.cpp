#include "cofi/testing/toy_eval.hpp"

#include <algorithm>

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

std::vector<EvaluatedRow> hand_evaluation() {
  return {{0, 0, 5, 4}, {0, 1, 3, 3}, {0, 2, 1, 2.5F}, {1, 0, 4, 4.5F}, {1, 2, 2, 3}, {2, 1, 4, 4}};
}

}  // namespace cofi::testing
