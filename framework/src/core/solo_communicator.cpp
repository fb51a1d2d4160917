#include "cofi/solo_communicator.hpp"

namespace cofi {
namespace {

class Done final : public Work {
 public:
  void wait() override {}
};

Communicator::Pending done() { return std::make_unique<Done>(); }

void require_self(int rank, const char* operation) {
  if (rank != 0) {
    throw Error(operation, ": there is no rank ", rank, "; a world of one has rank 0 alone");
  }
}

Communicator::Pending copy(const at::Tensor& from, const at::Tensor& to, const char* operation) {
  if (from.sizes() != to.sizes() || from.scalar_type() != to.scalar_type()) {
    throw Error(operation, ": a tensor of ", from.scalar_type(), from.sizes(),
                " does not fit one of ", to.scalar_type(), to.sizes());
  }
  to.copy_(from);
  return done();
}

const at::Tensor& only(const Communicator::Tensors& tensors, const char* operation) {
  if (tensors.size() != 1) {
    throw Error(operation, ": ", tensors.size(), " tensors; a world of one takes one, for rank 0");
  }
  return tensors.front();
}

}  // namespace

SoloCommunicator::~SoloCommunicator() = default;

Communicator::Pending SoloCommunicator::send(at::Tensor tensor, int to) {
  require_self(to, "send");
  sent_.push_back(tensor.clone());
  return done();
}

Communicator::Pending SoloCommunicator::recv(at::Tensor tensor, int from) {
  require_self(from, "recv");
  if (sent_.empty()) throw Error("recv: the rank has sent itself nothing that it could receive");
  const at::Tensor next = sent_.front();
  sent_.pop_front();
  return copy(next, tensor, "recv");
}

Communicator::Pending SoloCommunicator::broadcast(at::Tensor, int root) {
  require_self(root, "broadcast");
  return done();
}

Communicator::Pending SoloCommunicator::reduce(at::Tensor, int root, ReduceOp) {
  require_self(root, "reduce");
  return done();
}

Communicator::Pending SoloCommunicator::all_reduce(at::Tensor, ReduceOp) { return done(); }

Communicator::Pending SoloCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
  require_self(root, "gather");
  return copy(tensor, only(out, "gather"), "gather");
}

Communicator::Pending SoloCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  return copy(tensor, only(out, "all_gather"), "all_gather");
}

Communicator::Pending SoloCommunicator::scatter(Tensors in, at::Tensor out, int root) {
  require_self(root, "scatter");
  return copy(only(in, "scatter"), out, "scatter");
}

Communicator::Pending SoloCommunicator::reduce_scatter(Tensors in, at::Tensor out, ReduceOp) {
  return copy(only(in, "reduce_scatter"), out, "reduce_scatter");
}

Communicator::Pending SoloCommunicator::all_to_all(Tensors in, Tensors out) {
  return copy(only(in, "all_to_all"), only(out, "all_to_all"), "all_to_all");
}

Communicator::Pending SoloCommunicator::barrier() { return done(); }

std::unique_ptr<Communicator> SoloCommunicator::subgroup(const std::vector<int>& ranks) {
  for (const int rank : ranks) require_self(rank, "subgroup");
  return ranks.empty() ? nullptr : std::make_unique<SoloCommunicator>();
}

}  // namespace cofi
