#include "cofi/kernels/step.hpp"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

namespace cofi::kernels {

RowLayout row_layout(const at::Tensor& table) {
  if (!table.is_cpu() || table.scalar_type() != at::kFloat) {
    throw Error("a parameter on the CPU is a table of float32, not of ", table.toString());
  }
  if (table.dim() == 0) return {1, 1, 1};
  const std::int64_t rows = table.size(0);
  if (rows == 0 || table.numel() == 0) return {0, 0, 0};
  const std::int64_t cols = table.numel() / rows;
  const bool overlap = rows > 1 && table.stride(0) < cols;
  if (overlap || !table.select(0, 0).is_contiguous()) {
    throw Error("a parameter's rows are contiguous and apart; this one has sizes ", table.sizes(),
                " and strides ", table.strides());
  }
  return {rows, cols, rows > 1 ? table.stride(0) : cols};
}

void step_with_torch(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                     const StepContext& context, bool only_touched, const TorchUpdate& update) {
  if (context.all_rows || !only_touched) {
    update(value, gradient, state);
  } else if (!context.rows.empty()) {
    const at::Tensor rows =
        at::from_blob(const_cast<std::int32_t*>(context.rows.data()),
                      {static_cast<std::int64_t>(context.rows.size())}, at::kInt)
            .to(value.device(), at::kLong);
    at::Tensor taken = value.index_select(0, rows);
    std::vector<at::Tensor> taken_state;
    for (const at::Tensor& tensor : state) taken_state.push_back(tensor.index_select(0, rows));
    update(taken, gradient.index_select(0, rows), taken_state);
    value.index_copy_(0, rows, taken);
    for (std::size_t k = 0; k < state.size(); ++k) state[k].index_copy_(0, rows, taken_state[k]);
  }
  gradient.zero_();
}

}  // namespace cofi::kernels
