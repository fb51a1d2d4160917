#include "cofi/communicator.hpp"

#include <ATen/ops/full.h>

#include <algorithm>

namespace cofi {

Work::~Work() = default;
Communicator::~Communicator() = default;
Store::~Store() = default;
Backend::~Backend() = default;

bool any(Communicator& communicator, bool mine) {
  if (communicator.size() == 1) return mine;
  const at::Tensor flag = at::full({1}, mine ? 1 : 0, at::kInt);
  communicator.all_reduce(flag, ReduceOp::kMax)->wait();
  return flag.item<std::int32_t>() != 0;
}

std::vector<Capability> all_operations(Support cpu, Support gpu) {
  std::vector<Capability> all;
  for (const char* operation :
       {"send", "recv", "broadcast", "reduce", "all_reduce", "gather", "all_gather", "scatter",
        "reduce_scatter", "all_to_all", "barrier", "subgroup"}) {
    all.push_back({operation, cpu, gpu});
  }
  return all;
}

bool serves(const std::vector<Capability>& table, Support Capability::*device) {
  return std::any_of(table.begin(), table.end(),
                     [&](const Capability& row) { return row.*device != Support::kAbsent; });
}

}  // namespace cofi
