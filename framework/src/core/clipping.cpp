#include "cofi/clipping.hpp"

#include "cofi/archive.hpp"
#include "cofi/model.hpp"

namespace cofi {

void Clipping::take(const RatingScale& scale) {
  low_ = scale.low;
  high_ = scale.high;
}

void Clipping::all(float* values, std::size_t n) const {
  if (!on_) return;
  std::transform(values, values + n, values, [&](float value) { return (*this)(value); });
}

void Clipping::explain(Explanation& why, double value) const {
  if (on_) why.add("clipping", (*this)(value)-value);
}

void Clipping::explain(Explanation& why) const { explain(why, why.sum()); }

void Clipping::state(Archive& archive) {
  archive("scale_low", low_);
  archive("scale_high", high_);
}

}  // namespace cofi
