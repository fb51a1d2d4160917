#include "user_sum.hpp"

#include <algorithm>
#include <cmath>

namespace fism {
namespace {

// Below it the shift's digits would no longer hold those of the rows.
constexpr float kSmallest = 1e-6F;

}  // namespace

UserSum::UserSum(const cofi::kernels::RowTable& factors, float keep)
    : factors_(factors),
      keep_(keep),
      shift_(static_cast<std::size_t>(factors.stride)),
      sum_(shift_),
      left_(shift_) {}

void UserSum::open(cofi::View<cofi::SparseRows::Entry> items) {
  items_ = items;
  count_ = static_cast<std::int64_t>(items.size());
  scale_ = 1;
  std::fill(shift_.begin(), shift_.end(), 0.0F);
  std::fill(sum_.begin(), sum_.end(), 0.0F);
  for (const auto& entry : items) {
    const float* row = factors_.row(entry.id);
    for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += row[k];
  }
}

void UserSum::leave_out(std::int32_t item) {
  out_ = item;
  --count_;
  const float* row = factors_.row(item);
  for (std::size_t k = 0; k < sum_.size(); ++k) {
    left_[k] = scale_ * (row[k] + shift_[k]);
    sum_[k] -= left_[k];
  }
}

void UserSum::take_back() {
  ++count_;
  float* row = factors_.row(out_);
  for (std::size_t k = 0; k < sum_.size(); ++k) {
    row[k] = left_[k] / scale_ - shift_[k];
    sum_[k] += left_[k];
  }
}

void UserSum::move(const float* direction, float rate) {
  scale_ *= keep_;
  const float all = rate * static_cast<float>(count_), each = rate / scale_;
  for (std::size_t k = 0; k < sum_.size(); ++k) {
    sum_[k] = std::fma(all, direction[k], keep_ * sum_[k]);
    shift_[k] = std::fma(each, direction[k], shift_[k]);
  }
  if (scale_ < kSmallest) close();
}

void UserSum::close() {
  for (const auto& entry : items_) {
    float* row = factors_.row(entry.id);
    for (std::size_t k = 0; k < sum_.size(); ++k) row[k] = scale_ * (row[k] + shift_[k]);
  }
  scale_ = 1;
  std::fill(shift_.begin(), shift_.end(), 0.0F);
}

}  // namespace fism
