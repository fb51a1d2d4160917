// The model's learned values as its loops see them, and the user's side of a prediction.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/kernels/rows.hpp"
#include "cofi/sparse_rows.hpp"

#include "time_features.hpp"

namespace time_svdpp {

// The parts of the model, one table each. Biases have a value a row.
enum Part : std::size_t {
  kUserBias,         // b_u [users]
  kUserDrift,        // alpha_u [users]
  kUserScale,        // c_u - 1 [users]
  kWindowScale,      // c_{u,w} [windows of the first length]
  kItemBias,         // b_i [items]
  kItemBinBias,      // b_{i,bin} [items * bins], an item's bins together
  kUserFactors,      // p_u [users x factors]
  kUserFactorDrift,  // alpha_{u,k} [users x factors]
  kWindowFactors,    // p_{u,w} [windows of the first length x factors]
  kItemFactors,      // q_i [items x factors]
  kImplicitFactors,  // y_j [items x factors]
  kWindowBias,       // b_{u,w} [windows]: this one for the first length, one more for each further
};

struct Tables {
  float mean = 0;
  std::int64_t bins = 0;
  std::vector<cofi::kernels::RowTable> parts;  // data is null where the model has no such part

  bool has(std::size_t part) const { return parts[part].data != nullptr; }
  float& bias(std::size_t part, std::int64_t row) const { return *parts[part].row(row); }
  float* factors(std::size_t part, std::int64_t row) const { return parts[part].row(row); }
  std::int64_t stride() const { return parts[kItemFactors].stride; }

  // b_i(t) = b_i + b_{i,bin(t)}; 0 for an unknown item (-1).
  float item_bias(std::int32_t item, const Moment& moment) const;
};

// What a user's side makes of an item at a moment:
//   prediction = bias + scale * b_i(t) + q_i . factors
struct UserSide {
  float bias = 0, scale = 1;
  std::vector<float> factors;  // [stride]
};

// out[stride] = |N(u)|^(-1/2) sum of y_j over the items j that the user has rated.
void implicit_sum(const Tables& tables, cofi::View<cofi::SparseRows::Entry> rated, float* out);

// bias = mean + b_u + alpha_u dev + sum of b_{u,w}, scale = c_u + c_{u,w}, factors = p_u +
// alpha_uk dev + p_{u,w} + the implicit sum. Of an unknown user (-1) the mean alone.
void user_side(const Tables& tables, std::int32_t user, const Moment& moment, const float* implicit,
               UserSide& out);

}  // namespace time_svdpp
