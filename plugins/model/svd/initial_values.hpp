// The initial values of a biased factor model's four tables.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "cofi/parallel.hpp"
#include "cofi/params.hpp"
#include "cofi/random.hpp"

// Uniform in [low, high), or normal around 0.
struct InitialRange {
  bool normal = false;
  double low = 0, high = 0;  // uniform
  double deviation = 0;      // normal
};

struct InitialTables {
  at::Tensor user_factors;  // [users x factors]
  at::Tensor user_bias;     // [users]
  at::Tensor item_factors;  // [items x factors]
  at::Tensor item_bias;     // [items]
};

class InitialValues {
 public:
  // From the parameters init, init_distribution, init_*; an Error where a range is upside down.
  explicit InitialValues(const cofi::Params& params);

  // float32, contiguous, on the CPU.
  InitialTables draw(std::int64_t users, std::int64_t items, std::int64_t factors,
                     const cofi::Random& random, const cofi::ThreadPool& pool) const;

 private:
  void draw_as_torch(InitialTables& tables, std::uint64_t seed) const;

  bool torch_;
  InitialRange factors_, biases_;
};
