#include "cofi/kernels/rows.hpp"

#include <ATen/ops/zeros.h>

#include <stdexcept>

namespace cofi::kernels {

at::Tensor padded_rows(std::int64_t rows, std::int64_t width) {
  return at::zeros({rows, padded(width)}, at::kFloat).narrow(1, 0, width);
}

at::Tensor padded_copy(const at::Tensor& table) {
  at::Tensor copy = padded_rows(table.size(0), table.size(1));
  return copy.copy_(table.detach());
}

at::Tensor zeros_laid_out_as(const at::Tensor& table) {
  const std::int64_t all = table.dim() == 0 ? 1 : table.size(0) * table.stride(0);
  return at::zeros({all}, table.options()).as_strided(table.sizes(), table.strides());
}

RowTable row_table(const at::Tensor& padded) {
  const bool fits = padded.dim() == 2 && padded.scalar_type() == at::kFloat && padded.is_cpu() &&
                    padded.stride(1) == 1 && padded.stride(0) == kernels::padded(padded.size(1));
  if (!fits) throw std::logic_error("row_table: not a table of padded rows");
  return {padded.data_ptr<float>(), padded.stride(0), padded.size(1)};
}

}  // namespace cofi::kernels
