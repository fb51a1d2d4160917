// An MPI communicator as cofi's.
#pragma once

#include <memory>
#include <mpi.h>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"

class MpiCommunicator final : public cofi::Communicator {
 public:
  // All ranks of the MPI job that this process is one of. An Error where it is none, or where the
  // job's ranks are not the world's.
  static std::unique_ptr<MpiCommunicator> of_job(const cofi::World& world);
  // Takes the communicator, and frees it.
  explicit MpiCommunicator(MPI_Comm comm);
  ~MpiCommunicator() override;
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
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
  void require_rank(int rank, const char* operation) const;
  // One tensor a rank, all like `own`; their storage in a row.
  at::Tensor row_of(const Tensors& tensors, const at::Tensor& own, const char* operation) const;

  MPI_Comm comm_;
  int rank_ = 0, size_ = 0;
};
