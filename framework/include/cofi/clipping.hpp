// Predictions within the rating scale, for models whose parameter `clip` asks for it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "cofi/data.hpp"
#include "cofi/error.hpp"

namespace cofi {

class Archive;
struct Explanation;

class COFI_API Clipping {
 public:
  explicit Clipping(bool on) : on_(on) {}

  bool on() const { return on_; }
  void take(const RatingScale& scale);  // of the data that the model is fitted on

  double operator()(double value) const { return on_ ? std::clamp(value, low_, high_) : value; }
  float operator()(float value) const {
    return on_ ? std::clamp(value, static_cast<float>(low_), static_cast<float>(high_)) : value;
  }
  void all(float* values, std::size_t n) const;

  // The term "clipping", by which the prediction differs from the value (from the sum of the terms
  // so far).
  void explain(Explanation& why, double value) const;
  void explain(Explanation& why) const;

  // The scale, as scale_low and scale_high.
  void state(Archive& archive);

 private:
  bool on_;
  double low_ = 0, high_ = 0;
};

}  // namespace cofi
