// What users rated, less the baseline: what models that predict from a user's other ratings know of
// a user.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/kernels/biases.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi {

class Archive;
class Params;
struct FitContext;
struct Interactions;

namespace kernels {

// r_uj - (mean + b~_u + b~_j) of every training rating, with biases that als_biases found and that
// stay as they are (Koren 2008, "Factorization meets the neighborhood", section 2.1). Eight bytes a
// rating.
class COFI_API Residuals {
 public:
  explicit Residuals(const BiasOptions& options) : options_(options) {}
  // By the parameters baseline_epochs, baseline_reg_user and baseline_reg_item.
  explicit Residuals(const Params& params);

  void take(const FitContext& context);

  double mean() const { return baseline_.mean; }
  const Biases& baseline() const { return baseline_; }
  // Its biases as float32 tables of their own, for models that go on from them.
  at::Tensor user_bias() const;  // [users]
  at::Tensor item_bias() const;  // [items]
  std::int32_t users() const { return rows_.size(); }
  std::int32_t items() const { return static_cast<std::int32_t>(baseline_.items.size()); }
  // R(u): ascending by item; nothing for an unknown user (-1).
  View<SparseRows::Entry> of(std::int32_t user) const {
    return user < 0 ? View<SparseRows::Entry>() : rows_.row(user);
  }
  const SparseRows& rows() const { return rows_; }  // of() of all users

  // New users are what they rated; their b~_u is the user step of als_biases.
  void fold_in(const Interactions& rows, const ThreadPool& pool);

  // Of the baseline what folding in needs: the mean and the items' biases.
  void state(Archive& archive);

 private:
  BiasOptions options_;
  Biases baseline_;
  SparseRows rows_;
};

}  // namespace kernels
}  // namespace cofi
