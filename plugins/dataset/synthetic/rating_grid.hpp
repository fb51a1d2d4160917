// The scale that ratings are rounded to, and what that does to their expected value.
#pragma once

#include <algorithm>
#include <cmath>

namespace synthetic {

// The levels low, low + step, ..., high.
class RatingGrid {
 public:
  RatingGrid(double low, double high, double step)
      : low_(low), step_(step), levels_(std::nearbyint((high - low) / step)) {}

  // The level nearest to x.
  double rounded(double x) const {
    return low_ + step_ * std::clamp(std::nearbyint((x - low_) / step_), 0.0, levels_);
  }

  // The expected value of rounded(mean + noise), noise normal with standard deviation sd: each
  // level adds a step with the probability of reaching it.
  double expected(double mean, double sd) const {
    if (sd == 0) return rounded(mean);
    double reached = 0;
    for (double level = 1; level <= levels_; ++level) {
      const double border = low_ + (level - 0.5) * step_;
      reached += 0.5 * std::erfc((border - mean) / (sd * std::sqrt(2.0)));
    }
    return low_ + step_ * reached;
  }

 private:
  double low_, step_, levels_;
};

}  // namespace synthetic
