#include "run/metered_communicator.hpp"

#include <utility>

namespace cofi::run {

MeteredCommunicator::MeteredCommunicator(std::unique_ptr<Communicator> inner)
    : MeteredCommunicator(std::move(inner), std::make_shared<std::atomic<std::int64_t>>(0)) {}
MeteredCommunicator::MeteredCommunicator(std::unique_ptr<Communicator> inner, Count bytes)
    : inner_(std::move(inner)), bytes_(std::move(bytes)) {}
MeteredCommunicator::~MeteredCommunicator() = default;

void MeteredCommunicator::count(const at::Tensor& tensor, double times) {
  *bytes_ += static_cast<std::int64_t>(times * static_cast<double>(tensor.nbytes()));
}

Communicator::Pending MeteredCommunicator::send(at::Tensor tensor, int to) {
  count(tensor, 1);
  return inner_->send(std::move(tensor), to);
}

Communicator::Pending MeteredCommunicator::recv(at::Tensor tensor, int from) {
  return inner_->recv(std::move(tensor), from);
}

Communicator::Pending MeteredCommunicator::broadcast(at::Tensor tensor, int root) {
  count(tensor, others() / size());
  return inner_->broadcast(std::move(tensor), root);
}

Communicator::Pending MeteredCommunicator::reduce(at::Tensor tensor, int root, ReduceOp op) {
  count(tensor, others() / size());
  return inner_->reduce(std::move(tensor), root, op);
}

Communicator::Pending MeteredCommunicator::all_reduce(at::Tensor tensor, ReduceOp op) {
  count(tensor, 2 * others() / size());
  return inner_->all_reduce(std::move(tensor), op);
}

Communicator::Pending MeteredCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
  count(tensor, rank() == root ? 0 : 1);
  return inner_->gather(std::move(tensor), std::move(out), root);
}

Communicator::Pending MeteredCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  count(tensor, others());
  return inner_->all_gather(std::move(tensor), std::move(out));
}

Communicator::Pending MeteredCommunicator::scatter(Tensors in, at::Tensor out, int root) {
  count(out, rank() == root ? others() : 0);
  return inner_->scatter(std::move(in), std::move(out), root);
}

Communicator::Pending MeteredCommunicator::reduce_scatter(Tensors in, at::Tensor out, ReduceOp op) {
  count(out, others());
  return inner_->reduce_scatter(std::move(in), std::move(out), op);
}

Communicator::Pending MeteredCommunicator::all_to_all(Tensors in, Tensors out) {
  for (const at::Tensor& tensor : in) count(tensor, others() / size());
  return inner_->all_to_all(std::move(in), std::move(out));
}

Communicator::Pending MeteredCommunicator::barrier() { return inner_->barrier(); }

std::unique_ptr<Communicator> MeteredCommunicator::subgroup(const std::vector<int>& ranks) {
  std::unique_ptr<Communicator> group = inner_->subgroup(ranks);
  if (!group) return nullptr;
  return std::unique_ptr<Communicator>(new MeteredCommunicator(std::move(group), bytes_));
}

}  // namespace cofi::run
