// An EvalContext that owns what it shows, for tests of metrics.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/metric.hpp"

namespace cofi::testing {

struct EvaluatedRow {
  std::int32_t user = 0, item = 0;
  float value = 0, prediction = 0;
};

class COFI_API ToyEval {
 public:
  // As many users and items as the rows name. `train`: the training interactions, of these users
  // and items; by default one an item, of value 3 and user (item mod users). Training mean 3.
  explicit ToyEval(const std::vector<EvaluatedRow>& rows, RatingScale scale = {1, 5},
                   double squared_norm = 0, const std::vector<EvaluatedRow>& train = {});

  // Valid as long as this lives.
  EvalContext context() const;
  // Metrics of lists get a ranking whose candidates are each user's own items, scored by the
  // predictions; relevant are values of 4 and more. Items with an even id are tagged "even", those
  // divisible by three "third".
  MetricValue of(const Metric& metric) const;

 private:
  Interactions interactions_, train_;
  std::vector<float> predictions_;
  RatingScale scale_;
  double squared_norm_;
  std::vector<std::int64_t> user_counts_, item_counts_;
};

// Six rows of three users:
//   user 0: values 5 3 1, predictions 4   3 2.5
//   user 1: values 4 2,   predictions 4.5 3
//   user 2: value  4,     prediction  4
// Errors -1 0 1.5 | 0.5 1 | 0: their sizes add up to 4, their squares to 4.5.
COFI_API std::vector<EvaluatedRow> hand_evaluation();

}  // namespace cofi::testing
