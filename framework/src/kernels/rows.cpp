#include "cofi/kernels/rows.hpp"

#include <ATen/ops/zeros.h>

#include <stdexcept>

#include "cofi/archive.hpp"

namespace cofi::kernels {
namespace {

bool is_padded(const at::Tensor& table) {
  return table.dim() == 2 && table.scalar_type() == at::kFloat && table.is_cpu() &&
         table.stride(1) == 1 && table.stride(0) == padded(table.size(1));
}

}  // namespace

at::Tensor padded_rows(std::int64_t rows, std::int64_t width) {
  return at::zeros({rows, padded(width)}, at::kFloat).narrow(1, 0, width);
}

at::Tensor padded_copy(const at::Tensor& table) {
  at::Tensor copy = padded_rows(table.size(0), table.size(1));
  return copy.copy_(table.detach());
}

at::Tensor padded_on_cpu(const at::Tensor& table) {
  return is_padded(table) ? table : padded_copy(table);
}

void pad_rows(at::Tensor& table) {
  if (table.is_cpu()) table = padded_on_cpu(table);
}

void padded_state(Archive& archive, const std::string& name, at::Tensor& table) {
  archive(name, table);
  if (archive.reading()) table = padded_copy(table);
}

at::Tensor zeros_laid_out_as(const at::Tensor& table) {
  const std::int64_t all = table.dim() == 0 ? 1 : table.size(0) * table.stride(0);
  return at::zeros({all}, table.options()).as_strided(table.sizes(), table.strides());
}

RowTable row_table(const at::Tensor& padded) {
  if (!is_padded(padded)) throw std::logic_error("row_table: not a table of padded rows");
  return {padded.data_ptr<float>(), padded.stride(0), padded.size(1)};
}

}  // namespace cofi::kernels
