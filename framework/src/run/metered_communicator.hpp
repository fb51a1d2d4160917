// A communicator that counts what it sends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"

namespace cofi::run {

// Hands everything on to another communicator. Counts for each operation the bytes that a rank has
// to send on average in the best algorithm for large tensors (Thakur, Rabenseifner, Gropp 2005,
// Optimization of collective communication operations in MPICH): what a backend puts on the wire
// may be more, with its headers. Subgroups count into the same number.
class COFI_API MeteredCommunicator final : public Communicator {
 public:
  explicit MeteredCommunicator(std::unique_ptr<Communicator> inner);
  ~MeteredCommunicator() override;

  double bytes() const { return static_cast<double>(bytes_->load()); }

  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
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
  using Count = std::shared_ptr<std::atomic<std::int64_t>>;
  MeteredCommunicator(std::unique_ptr<Communicator> inner, Count bytes);
  // So many times the tensor's bytes.
  void count(const at::Tensor& tensor, double times);
  double others() const { return size() - 1.0; }

  std::unique_ptr<Communicator> inner_;
  Count bytes_;
};

}  // namespace cofi::run
