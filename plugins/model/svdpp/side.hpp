// The users' or the items' half of SVD++.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "cofi/kernels/implicit.hpp"

namespace svdpp {

// A row's vector is its factors plus the sums of its implicit feedback.
struct Side {
  at::Tensor factors;  // [rows x factors]
  at::Tensor bias;     // [rows]
  // A feedback set each, if the side has any: who stands in each row's set, and a vector for each
  // of those [rows of the other side x factors], zero where they stand in none.
  std::vector<std::shared_ptr<cofi::SparseRows>> sets;
  std::vector<at::Tensor> implicit;
  at::Tensor sums;  // [rows x factors] over all sets, as refresh_sums() left them

  std::int32_t size() const { return static_cast<std::int32_t>(bias.size(0)); }
  void refresh_sums(const cofi::ThreadPool& pool) const;
  // The following three are for the CPU.
  cofi::kernels::ImplicitSets kernel_sets(std::size_t set) const;
  // out[n x stride] = the vectors of these rows (of -1: zeros), from sums.
  void stored_vectors(cofi::View<std::int32_t> rows, float* out) const;
  // The same from the implicit vectors as they are now; no -1.
  void current_vectors(cofi::View<std::int32_t> rows, const cofi::ThreadPool& pool,
                       float* out) const;
  // [n x factors] the vectors of rows [n] int32, differentiable, on any device; of -1 those of row
  // 0 without its sums. Needs the sets, which a model that was read does not have.
  at::Tensor vectors(const at::Tensor& rows) const;
  // [n x factors] the same from sums; of -1 those of row 0.
  at::Tensor stored_vectors(const at::Tensor& rows) const;
};

}  // namespace svdpp
