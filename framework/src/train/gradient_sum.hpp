// The gradients of a batch, summed over the ranks of a world.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"

#include "train/packed_rows.hpp"
#include "train/shares.hpp"

namespace cofi::train {

// Only the rows that the batch touches travel, packed. Sums are of floats, in the communicator's
// order; or exact: of each part's float gradients as 64-bit fixed point with 36 bits after the
// point (a part's up to 2^20, in steps of 1.5e-11), which no order changes.
class COFI_API GradientSum {
 public:
  GradientSum(const FitContext& context, const Shares& shares)
      : context_(context),
        shares_(shares),
        packing_(context.device.is_cpu() ? kByThreads : kByOperations) {}

  // Floats (exact: fixed-point numbers) that this rank hands to the communicator for such a batch.
  static std::int64_t exchanged(const std::vector<SumTable>& tables);

  // Float sums: begins a batch whose tables are exchanged from the last to the first, each as soon
  // as it is `written`, up to those of finish(). The tables must stay where they are until then.
  void open(const std::vector<SumTable>& tables);
  void written(std::size_t table);

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
  at::Tensor grown(std::int64_t count, at::ScalarType type);  // the packed numbers' first
  void send();                                                // what is packed and not yet sent
  // Ranks' flags travel as the first numbers (float sums: the last).
  void put_head(const at::Tensor& numbers, Flags mine) const;
  at::Tensor table_of(std::size_t t, const SumTable& table) const;

  const FitContext& context_;
  const Shares& shares_;
  const RowPacking& packing_;
  at::Tensor packed_;                 // float32 or int64, grown as needed
  std::vector<std::int64_t> starts_;  // of the tables in it
  // Of float sums: the opened tables, those that are written, and how far they are packed and sent.
  const std::vector<SumTable>* opened_ = nullptr;
  std::vector<char> written_;
  std::size_t unpacked_ = 0;
  std::int64_t packed_end_ = 0, sent_end_ = 0;
  std::vector<Communicator::Pending> under_way_;
  std::vector<std::int64_t> ends_;                 // of what is under way
  std::vector<std::vector<std::int32_t>> places_;  // of each table's rows in its packed ones
  std::int64_t overflows_ = 0;
  std::string overflowed_;  // the first table's name
};

}  // namespace cofi::train
