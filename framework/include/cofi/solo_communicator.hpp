// The communicator of a world of one rank: every collective is the identity.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"

namespace cofi {

// Nothing is ever under way: each operation is done when it returns. What the rank sends to itself
// waits in order for its recv; any other rank is an Error.
class COFI_API SoloCommunicator final : public Communicator {
 public:
  ~SoloCommunicator() override;
  int rank() const override { return 0; }
  int size() const override { return 1; }

  Pending send(at::Tensor tensor, int to) override;
  Pending recv(at::Tensor tensor, int from) override;
  Pending broadcast(at::Tensor tensor, int root) override;
  Pending reduce(at::Tensor tensor, int root, ReduceOp op) override;
  Pending all_reduce(at::Tensor tensor, ReduceOp op) override;
  Pending gather(at::Tensor tensor, Tensors out, int root) override;
  Pending all_gather(at::Tensor tensor, Tensors out) override;
  Pending scatter(Tensors in, at::Tensor out, int root) override;
  Pending reduce_scatter(Tensors in, at::Tensor out, ReduceOp op) override;
  Pending all_to_all(Tensors in, Tensors out) override;
  Pending barrier() override;
  std::unique_ptr<Communicator> subgroup(const std::vector<int>& ranks) override;

 private:
  std::deque<at::Tensor> sent_;
};

}  // namespace cofi
