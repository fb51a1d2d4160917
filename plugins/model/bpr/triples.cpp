#include "triples.hpp"

#include "cofi/interactions.hpp"
#include "cofi/kernels/factors.hpp"

namespace bpr {
namespace {

using cofi::kernels::kLanes;

// How many triples ahead rows are asked for.
constexpr std::size_t kAhead = 4;

// The three rows from their values before the step; `move` is the rate times the loss' slope.
void move_rows(const Step& step, float move, float* __restrict user, float* __restrict item,
               float* __restrict negative) {
  for (std::int64_t at = 0; at < step.users.stride; at += kLanes) {
    for (std::int64_t lane = at; lane < at + kLanes; ++lane) {
      const float p = user[lane], q = item[lane], other = negative[lane];
      user[lane] = std::fma(-move, q - other, step.keep_user * p);
      item[lane] = std::fma(-move, p, step.keep_item * q);
      negative[lane] = std::fma(move, p, step.keep_negative * other);
    }
  }
}

}  // namespace

double descend(const std::vector<Triple>& triples, const Step& step) {
  double sum = 0;
  for (std::size_t n = 0; n < triples.size(); ++n) {
    if (n + kAhead < triples.size()) {
      const Triple& later = triples[n + kAhead];
      step.users.prefetch(later.user);
      step.items.prefetch(later.item);
      step.items.prefetch(later.negative);
    }
    const auto [user, i, j] = triples[n];
    float *p = step.users.row(user), *item = step.items.row(i), *negative = step.items.row(j);
    const float x = step.bias[i] - step.bias[j] +
                    (cofi::kernels::dot(p, item, step.users.stride) -
                     cofi::kernels::dot(p, negative, step.users.stride));
    const Loss loss(x);
    sum += loss.value;
    if (i == j) continue;
    const float move = step.rate * loss.slope;
    step.bias[i] = step.keep_bias * step.bias[i] - move;
    step.bias[j] = step.keep_bias * step.bias[j] + move;
    move_rows(step, move, p, item, negative);
  }
  return sum;
}

Groups::Groups(const std::vector<std::int32_t>& ids) : order_(cofi::order_by(ids)) {
  for (std::size_t n = 0; n < order_.size(); ++n) {
    const std::int32_t id = ids[static_cast<std::size_t>(order_[n])];
    if (!rows_.empty() && rows_.back() == id) continue;
    rows_.push_back(id);
    starts_.push_back(static_cast<std::int32_t>(n));
  }
  starts_.push_back(static_cast<std::int32_t>(order_.size()));
}

}  // namespace bpr
