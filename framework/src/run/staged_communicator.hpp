// A communicator that takes tensors of any device, around one that takes those of its own alone.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <vector>

#include "cofi/communicator.hpp"

namespace cofi::run {

// Tensors of other devices are copied there before an operation, and what they receive is copied
// back by wait().
class COFI_API StagedCommunicator : public Communicator {
 public:
  StagedCommunicator(std::unique_ptr<Communicator> inner, c10::Device device);
  ~StagedCommunicator() override;

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

 protected:
  // Whether the inner communicator takes it as it is.
  virtual bool takes(const at::Tensor& tensor) const;

 private:
  class Stage;

  std::unique_ptr<Communicator> inner_;
  c10::Device device_;
};

// The backend's communicator of the place, staged where the table names only the other kind of
// device.
std::unique_ptr<Communicator> connected(Backend& backend, const World& place);

}  // namespace cofi::run
