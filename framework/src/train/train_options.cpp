#include "cofi/train_options.hpp"

#include <ATen/ops/huber_loss.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>

namespace cofi {

at::Tensor PointwiseLoss::mean(const at::Tensor& prediction, const at::Tensor& value) const {
  switch (kind) {
    case Kind::kMse:
      return at::mse_loss(prediction, value);
    case Kind::kMae:
      return at::l1_loss(prediction, value);
    case Kind::kHuber:
      break;
  }
  return at::huber_loss(prediction, value, at::Reduction::Mean, delta);
}

double Schedule::at(std::int64_t epoch, std::int64_t epochs) const {
  const auto past = static_cast<double>(epoch - 1);
  const std::int64_t steps = (epoch - 1) / every;
  switch (kind) {
    case Kind::kConstant:
    case Kind::kReduceOnPlateau:
      return 1;
    case Kind::kStep:
      return std::pow(factor, static_cast<double>(steps));
    case Kind::kExponential:
      return std::pow(factor, past);
    case Kind::kCosine:
      break;
  }
  if (epochs <= 1) return 1;
  constexpr double kPi = 3.14159265358979323846;
  return low + (1 - low) / 2 * (1 + std::cos(kPi * past / static_cast<double>(epochs - 1)));
}

}  // namespace cofi
