// A batch's interactions grouped by user or by item, in time linear in the batch.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"

namespace cofi::train {

// The values that a BatchRows views.
struct BatchGroups {
  std::vector<std::int32_t> rows, starts, order;

  BatchRows view() const { return {rows, starts, order}; }
  std::size_t bytes() const {
    return (rows.size() + starts.size() + order.size()) * sizeof(std::int32_t);
  }
};

// Groups ids by a stable radix sort; its buffers are reused from batch to batch.
class COFI_API BatchGrouper {
 public:
  // ids [n], each in [0, table)
  void group(View<std::int32_t> ids, std::int32_t table, BatchGroups& out);

 private:
  std::vector<std::int32_t> order_;  // the other half of a pass
  std::vector<std::int32_t> counts_;
};

// The distinct ids of a batch, ascending. `marks` is a buffer that may be kept from call to call.
void distinct(View<std::int32_t> ids, std::int32_t table, std::vector<std::uint64_t>& marks,
              std::vector<std::int32_t>& out);

}  // namespace cofi::train
