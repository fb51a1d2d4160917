#include "descent.hpp"

#include <algorithm>
#include <cmath>

#include "cofi/kernels/factors.hpp"

namespace fism {

float weight(std::int64_t count, double alpha) {
  return count == 0 ? 0 : static_cast<float>(std::pow(static_cast<double>(count), -alpha));
}

Descent::Descent(const Tables& tables, const Options& options,
                 const cofi::kernels::Negatives& negatives)
    : tables_(tables),
      options_(options),
      negatives_(negatives),
      sum_(tables.rated, keep(options.reg_factors)),
      direction_(static_cast<std::size_t>(tables.items.stride)) {}

std::int64_t Descent::steps(std::size_t items) const {
  return static_cast<std::int64_t>(items) * (options_.negatives + (options_.pairs ? 0 : 1));
}

double Descent::visit(std::int32_t user, cofi::View<cofi::SparseRows::Entry> items,
                      const cofi::Random& random) {
  const auto count = static_cast<std::int32_t>(items.size());
  all_ = weight(count, options_.alpha);
  others_ = weight(count - 1, options_.alpha);
  sum_.open(items);
  cofi::Random drawing = random.stream("negatives");
  double loss = 0;
  for (const std::int32_t k : random.stream("items").permutation(count)) {
    const std::int32_t item = items[static_cast<std::size_t>(k)].id;
    sum_.leave_out(item);
    if (!options_.pairs) loss += point(user, item, true);
    if (!options_.pairs) sum_.take_back();
    for (std::int64_t n = 0; n < options_.negatives; ++n) {
      const std::int32_t drawn = negatives_.draw(user, drawing);
      loss += options_.pairs ? pair(item, drawn) : point(user, drawn, false);
    }
    if (options_.pairs) sum_.take_back();
  }
  sum_.close();
  return loss;
}

double Descent::point(std::int32_t user, std::int32_t item, bool own) {
  float *q = tables_.items.row(item), &user_bias = tables_.user_bias[user];
  float& item_bias = tables_.item_bias[item];
  const float share = own ? others_ : all_;
  const float error = user_bias + item_bias +
                      share * cofi::kernels::dot(sum_.sum(), q, tables_.items.stride) -
                      (own ? 1.0F : 0.0F);
  const auto move = static_cast<float>(-options_.rate * error);
  user_bias = keep(options_.reg_user_bias) * user_bias + move;
  item_bias = keep(options_.reg_item_bias) * item_bias + move;
  std::copy(q, q + tables_.items.stride, direction_.begin());
  step(q, share * move);
  sum_.move(direction_.data(), share * move);
  return 0.5 * error * error;
}

double Descent::pair(std::int32_t item, std::int32_t drawn) {
  float *q = tables_.items.row(item), *other = tables_.items.row(drawn);
  float *bias = tables_.item_bias, *direction = direction_.data();
  for (std::int64_t k = 0; k < tables_.items.stride; ++k) direction[k] = q[k] - other[k];
  const float error = bias[item] - bias[drawn] +
                      others_ * cofi::kernels::dot(sum_.sum(), direction, tables_.items.stride) - 1;
  const auto move = static_cast<float>(-options_.rate * error);
  bias[item] = keep(options_.reg_item_bias) * bias[item] + move;
  bias[drawn] = keep(options_.reg_item_bias) * bias[drawn] - move;
  step(q, others_ * move);
  step(other, -others_ * move);
  sum_.move(direction, others_ * move);
  return 0.5 * error * error;
}

// row = keep * row + rate * the user's sum
void Descent::step(float* row, float rate) const {
  const float* sum = sum_.sum();
  const float kept = keep(options_.reg_factors);
  for (std::int64_t k = 0; k < tables_.items.stride; ++k) {
    row[k] = std::fma(rate, sum[k], kept * row[k]);
  }
}

}  // namespace fism
