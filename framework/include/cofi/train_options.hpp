// The `train` block of a spec, resolved.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "cofi/error.hpp"

namespace cofi {

// A loss of one prediction: with e = prediction - value, mse e^2, mae |e|, and huber e^2 / 2 where
// |e| <= delta, else delta (|e| - delta / 2) (Huber 1964).
struct COFI_API PointwiseLoss {
  enum class Kind { kMse, kMae, kHuber };
  Kind kind = Kind::kMse;
  double delta = 1;

  float value(float e) const {
    const float size = std::abs(e), knee = static_cast<float>(delta);
    if (kind == Kind::kMse) return e * e;
    if (kind == Kind::kMae) return size;
    return size <= knee ? 0.5F * e * e : knee * (size - 0.5F * knee);
  }
  // Its derivative by the prediction (mae: 0 at 0).
  float slope(float e) const {
    const float knee = static_cast<float>(delta);
    if (kind == Kind::kMse) return 2 * e;
    if (kind == Kind::kMae) return static_cast<float>((e > 0) - (e < 0));
    return std::min(std::max(e, -knee), knee);
  }
  // The mean over a batch, differentiable: [n], [n] -> [].
  at::Tensor mean(const at::Tensor& prediction, const at::Tensor& value) const;
};

// The learning rate's factor at an epoch (1-based).
struct COFI_API Schedule {
  enum class Kind { kConstant, kStep, kExponential, kCosine, kReduceOnPlateau };
  Kind kind = Kind::kConstant;
  double factor = 0.1;        // step, exponential, reduce-on-plateau: multiplies the rate
  std::int64_t every = 10;    // step: epochs between two multiplications
  std::int64_t patience = 5;  // reduce-on-plateau: epochs in a row without improvement before it
  double low = 0;             // cosine: the factor at the last epoch

  // reduce-on-plateau depends on the past, which the training loop keeps: 1 here.
  double at(std::int64_t epoch, std::int64_t epochs) const;
};

struct EarlyStopping {
  bool on = false;
  std::string metric;         // a validation metric's column name
  std::int64_t patience = 5;  // validations in a row without improvement before stopping
  double min_delta = 0;       // what counts as one
  bool restore_best = true;
};

struct TrainOptions {
  std::int64_t epochs = 20;
  std::int64_t batch = 1024;  // the global batch; a rank's where batch_of_rank
  bool shuffle = true;        // else in file order
  PointwiseLoss loss;
  Schedule schedule;
  double clip = 0;                  // the gradient's largest global norm; 0: no limit
  std::int64_t validate_every = 1;  // epochs
  EarlyStopping early_stopping;
  std::int64_t checkpoint_every = 0;  // epochs; 0: only when interrupted
  // How the ranks of a world share batches (see train/shares.hpp and train/gradient_sum.hpp).
  bool exact_sum = false, partition_users = false, batch_of_rank = false;
};

}  // namespace cofi
