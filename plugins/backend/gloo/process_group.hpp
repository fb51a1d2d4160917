// c10d's Gloo process group as a communicator.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"

class GlooCommunicator final : public cofi::Communicator {
 public:
  // `prefix`: of its keys in the world's store; `address`: of the interface to talk over.
  GlooCommunicator(const cofi::World& world, std::string prefix);
  ~GlooCommunicator() override;

  int rank() const override { return world_.rank; }
  int size() const override { return world_.size; }
  Pending send(at::Tensor tensor, int to) override;
  Pending recv(at::Tensor tensor, int from) override;
  Pending broadcast(at::Tensor tensor, int root) override;
  Pending reduce(at::Tensor tensor, int root, cofi::ReduceOp op) override;
  Pending all_reduce(at::Tensor tensor, cofi::ReduceOp op) override;
  Pending gather(at::Tensor tensor, Tensors out, int root) override;
  Pending all_gather(at::Tensor tensor, Tensors out) override;
  Pending scatter(Tensors in, at::Tensor out, int root) override;
  Pending reduce_scatter(Tensors in, at::Tensor out, cofi::ReduceOp op) override;
  Pending all_to_all(Tensors in, Tensors out) override;
  Pending barrier() override;
  std::unique_ptr<cofi::Communicator> subgroup(const std::vector<int>& ranks) override;

 private:
  using Works = std::vector<c10::intrusive_ptr<c10d::Work>>;
  Pending pending(const char* operation, Works works) const;
  // Starts an operation; what it throws at once says which it was.
  template <class Start>
  Pending start(const char* operation, const Start& begin) const;
  void require_rank(int rank, const char* operation) const;
  void require_one_each(const Tensors& tensors, const char* operation) const;

  cofi::World world_;
  std::string prefix_;
  int groups_ = 0;  // subgroups so far
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};
