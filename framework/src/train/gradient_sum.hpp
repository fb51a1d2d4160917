// The gradients of a batch, summed over the ranks of a world.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"

#include "train/shares.hpp"

namespace cofi::train {

// Of one parameter: which of its rows a batch touches (ascending; not looked at where all_rows).
struct SumTable {
  at::Tensor gradient;  // float32 [rows, ...], as the parameter
  View<std::int32_t> rows;
  bool all_rows = true;
  bool stays = false;  // the rows are this rank's alone: nothing is exchanged
  std::string name;
};

// Only the rows that the batch touches travel, packed. Sums are of floats, in the communicator's
// order; or exact: of each part's float gradients as 64-bit fixed point with 36 bits after the
// point (numbers up to 1e8, in steps of 1.5e-11), which no order changes.
class COFI_API GradientSum {
 public:
  GradientSum(const FitContext& context, const Shares& shares)
      : context_(context), shares_(shares) {}

  // Floats (exact: fixed-point numbers) that this rank hands to the communicator for such a batch.
  static std::int64_t exchanged(const std::vector<SumTable>& tables);

  // Exact sums: begins a batch, to which the tables' gradients of each part are added (and set to
  // zero). `touched`: the rows that the part may have written.
  void begin(const std::vector<SumTable>& tables);
  void add(const std::vector<SumTable>& tables, const std::vector<View<std::int32_t>>& touched);

  // What each rank says of a batch, for all to know.
  struct Flags {
    bool not_finite = false, stop = false;
  };
  // Leaves the sums over all ranks, times `scale`, in the tables; the flags that any rank has set.
  Flags finish(std::vector<SumTable>& tables, double scale, Flags mine);

 private:
  Flags finish_float(std::vector<SumTable>& tables, Flags mine);
  Flags finish_exact(std::vector<SumTable>& tables, double scale, Flags mine);
  void place_rows(const std::vector<SumTable>& tables);

  const FitContext& context_;
  const Shares& shares_;
  at::Tensor packed_;                              // float32 or int64, grown as needed
  std::vector<std::int64_t> starts_;               // of the tables in it
  std::vector<std::vector<std::int32_t>> places_;  // of each table's rows in its packed ones
  std::int64_t overflows_ = 0;
  std::string overflowed_;  // the first table's name
};

}  // namespace cofi::train
