#include "train/stopping_rules.hpp"

namespace cofi::train {

void Plateau::watch(double value, std::int64_t epoch) {
  if (value < best_) {
    best_ = value;
    since_ = epoch;
  } else if (epoch - since_ >= schedule_.patience) {
    factor_ *= schedule_.factor;
    since_ = epoch;
  }
}

void Plateau::state(Archive& archive) {
  archive("best", best_);
  archive("factor", factor_);
  archive("since", since_);
}

bool EarlyStop::watch(double value) {
  if (value < best_ - options_.min_delta) {
    best_ = value;
    without_ = 0;
    return true;
  }
  ++without_;
  return false;
}

void EarlyStop::state(Archive& archive) {
  archive("best", best_);
  archive("without", without_);
}

}  // namespace cofi::train
