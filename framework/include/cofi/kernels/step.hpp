// How an optimizer's step walks a parameter: spans of memory for the fused CPU rules, whole tensors
// for torch operations.
#pragma once

#include <ATen/core/Tensor.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "cofi/optimizer.hpp"

namespace cofi::kernels {

// A table [rows, ...] of float32 on the CPU whose rows are contiguous, `stride` floats apart.
struct RowLayout {
  std::int64_t rows, cols, stride;
};
// An Error where the tensor is not such a table.
COFI_API RowLayout row_layout(const at::Tensor& table);

// While it lives, this thread takes numbers under 1e-38 for zero: the moments of rows that get no
// gradient would otherwise end there and stay, a hundred times slower than others.
class FlushDenormals {
 public:
#ifdef __SSE__
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before_); }
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#ifdef __SSE__
  unsigned before_;
#else
  FlushDenormals() = default;
#endif
};

// Floats of a parameter that a thread updates at a time.
constexpr std::int64_t kStepBlock = 1 << 14;
// Narrower rows are cheaper to read than to skip.
constexpr std::int64_t kNarrow = 8;

// span(offset, count, touched) for spans that cover the step's rows, in parallel: the touched ones,
// and the others where `untouched`. The gradient outside touched spans is zero and need be neither
// read nor cleared.
template <class Span>
void walk_rows(const at::Tensor& table, const StepContext& context, bool untouched,
               const Span& span) {
  const RowLayout layout = row_layout(table);
  if (layout.cols == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, kStepBlock / layout.cols);
  const auto emit = [&](std::int64_t begin, std::int64_t end, bool touched) {
    if (layout.stride == layout.cols) {
      if (begin < end) span(begin * layout.cols, (end - begin) * layout.cols, touched);
      return;
    }
    for (std::int64_t row = begin; row < end; ++row) {
      span(row * layout.stride, layout.cols, touched);
    }
  };
  if (context.all_rows || (untouched && layout.cols < kNarrow)) {
    parallel_for(context.pool, layout.rows, grain, [&](std::int64_t begin, std::int64_t end) {
      const FlushDenormals flush;
      emit(begin, end, true);
    });
  } else if (untouched) {
    parallel_for(context.pool, layout.rows, grain, [&](std::int64_t begin, std::int64_t end) {
      const FlushDenormals flush;
      const std::int32_t* row = std::lower_bound(context.rows.begin(), context.rows.end(), begin);
      for (; row != context.rows.end() && *row < end; ++row) {
        emit(begin, *row, false);
        emit(*row, *row + 1, true);
        begin = *row + 1;
      }
      emit(begin, end, false);
    });
  } else {
    const auto rows = static_cast<std::int64_t>(context.rows.size());
    parallel_for(context.pool, rows, grain, [&](std::int64_t begin, std::int64_t end) {
      const FlushDenormals flush;
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int32_t row = context.rows.data()[k];
        emit(row, row + 1, true);
      }
    });
  }
}

// The same with torch operations, on any device: update(value, gradient, state) works in place on
// the whole tensors, or, where only_touched, on the touched rows alone. Then the gradient is zero.
using TorchUpdate = std::function<void(at::Tensor& value, const at::Tensor& gradient,
                                       std::vector<at::Tensor>& state)>;
COFI_API void step_with_torch(at::Tensor& value, at::Tensor& gradient,
                              std::vector<at::Tensor>& state, const StepContext& context,
                              bool only_touched, const TorchUpdate& update);

}  // namespace cofi::kernels
