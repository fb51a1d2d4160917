// Stochastic gradient descent over triples: a user, an item that it has and one that it has not.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/kernels/rows.hpp"

namespace bpr {

struct Triple {
  std::int32_t user, item, negative;
};

// -ln sigmoid(x), from which nothing overflows, and its derivative -sigmoid(-x).
struct Loss {
  float value, slope;

  explicit Loss(float x) {
    const float small = std::exp(-std::abs(x));
    value = std::log1p(small) + (x < 0 ? -x : 0);
    slope = -(x < 0 ? 1 : small) / (1 + small);
  }
};

// What a step multiplies and where: row = keep * row - rate * d loss / d row.
struct Step {
  float rate;
  float keep_user, keep_item, keep_negative, keep_bias;  // 1 - rate * regularization
  cofi::kernels::RowTable users, items;
  float* bias;  // [items]
};

// A step for each triple, in their order, with x = b_i - b_j + p_u . (q_i - q_j). Returns the sum
// of the losses, each before its step. A triple whose items are the same one moves nothing.
double descend(const std::vector<Triple>& triples, const Step& step);

// A batch's positions grouped by an id.
class Groups {
 public:
  explicit Groups(const std::vector<std::int32_t>& ids);
  cofi::BatchRows view() const { return {rows_, starts_, order_}; }

 private:
  std::vector<std::int32_t> rows_, starts_, order_;
};

}  // namespace bpr
