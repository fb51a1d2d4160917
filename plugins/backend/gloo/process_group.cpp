#include "process_group.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "cofi/solo_communicator.hpp"

#include "store.hpp"

namespace {

using cofi::Error;

// Of one operation: a slow rank is no dead one, and the world ends without the dead ones.
constexpr std::chrono::hours kForever(24 * 365);

// c10d tells messages between two ranks apart by these.
constexpr int kSendTag = 0, kAllToAllTag = 1;

c10d::ReduceOp c10d_op(cofi::ReduceOp op) {
  switch (op) {
    case cofi::ReduceOp::kProduct:
      return c10d::ReduceOp::PRODUCT;
    case cofi::ReduceOp::kMin:
      return c10d::ReduceOp::MIN;
    case cofi::ReduceOp::kMax:
      return c10d::ReduceOp::MAX;
    case cofi::ReduceOp::kSum:
      break;
  }
  return c10d::ReduceOp::SUM;
}

Error failure(const char* operation, int rank, const std::string& what) {
  return Error("backend/gloo: ", operation, " on rank ", rank, ": ",
               what.substr(0, what.find('\n')));
}

class GlooWork final : public cofi::Work {
 public:
  GlooWork(const char* operation, int rank, std::vector<c10::intrusive_ptr<c10d::Work>> works)
      : operation_(operation), rank_(rank), works_(std::move(works)) {}

  void wait() override {
    try {
      for (const auto& work : works_) work->wait();
    } catch (const std::exception& error) {
      throw failure(operation_, rank_, error.what());
    }
  }

 private:
  const char* operation_;
  int rank_;
  std::vector<c10::intrusive_ptr<c10d::Work>> works_;
};

std::shared_ptr<gloo::transport::Device> device_of(const cofi::World& world) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != 0) {
    return c10d::ProcessGroupGloo::createDeviceForInterface(interface);
  }
  return c10d::ProcessGroupGloo::createDeviceForHostname(world.address.empty() ? "127.0.0.1"
                                                                               : world.address);
}

}  // namespace

GlooCommunicator::GlooCommunicator(const cofi::World& world, std::string prefix)
    : world_(world), prefix_(std::move(prefix)) {
  if (world.store == nullptr) {
    throw Error(
        "backend/gloo: the ranks of a world find each other through its store, and there is ",
        "none: start them with --np, torchrun, mpirun or srun");
  }
  const auto options = c10d::ProcessGroupGloo::Options::create(kForever);
  try {
    options->devices.push_back(device_of(world));
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<WorldStore>(*world.store, prefix_), world.rank, world.size, options);
  } catch (const std::exception& error) {
    throw failure("connecting", world.rank, error.what());
  }
}
GlooCommunicator::~GlooCommunicator() = default;

cofi::Communicator::Pending GlooCommunicator::pending(const char* operation, Works works) const {
  return std::make_unique<GlooWork>(operation, world_.rank, std::move(works));
}

template <class Start>
cofi::Communicator::Pending GlooCommunicator::start(const char* operation,
                                                    const Start& begin) const {
  try {
    return pending(operation, {begin()});
  } catch (const std::exception& error) {
    throw failure(operation, world_.rank, error.what());
  }
}

void GlooCommunicator::require_rank(int rank, const char* operation) const {
  if (rank >= 0 && rank < world_.size) return;
  throw Error("backend/gloo: ", operation, ": there is no rank ", rank, " in a world of ",
              world_.size);
}

void GlooCommunicator::require_one_each(const Tensors& tensors, const char* operation) const {
  if (static_cast<int>(tensors.size()) == world_.size) return;
  throw Error("backend/gloo: ", operation, ": ", tensors.size(), " tensors for a world of ",
              world_.size, " ranks, which need one each");
}

cofi::Communicator::Pending GlooCommunicator::send(at::Tensor tensor, int to) {
  require_rank(to, "send");
  return start("send", [&] {
    Tensors tensors{tensor};
    return group_->send(tensors, to, kSendTag);
  });
}

cofi::Communicator::Pending GlooCommunicator::recv(at::Tensor tensor, int from) {
  require_rank(from, "recv");
  return start("recv", [&] {
    Tensors tensors{tensor};
    return group_->recv(tensors, from, kSendTag);
  });
}

cofi::Communicator::Pending GlooCommunicator::broadcast(at::Tensor tensor, int root) {
  require_rank(root, "broadcast");
  return start("broadcast", [&] {
    Tensors tensors{tensor};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return group_->broadcast(tensors, options);
  });
}

cofi::Communicator::Pending GlooCommunicator::reduce(at::Tensor tensor, int root,
                                                     cofi::ReduceOp op) {
  require_rank(root, "reduce");
  return start("reduce", [&] {
    Tensors tensors{tensor};
    c10d::ReduceOptions options;
    options.reduceOp = c10d_op(op);
    options.rootRank = root;
    return group_->reduce(tensors, options);
  });
}

cofi::Communicator::Pending GlooCommunicator::all_reduce(at::Tensor tensor, cofi::ReduceOp op) {
  return start("all_reduce", [&] {
    Tensors tensors{tensor};
    c10d::AllreduceOptions options;
    options.reduceOp = c10d_op(op);
    return group_->allreduce(tensors, options);
  });
}

cofi::Communicator::Pending GlooCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
  require_rank(root, "gather");
  if (world_.rank == root) require_one_each(out, "gather");
  return start("gather", [&] {
    Tensors tensors{tensor};
    std::vector<Tensors> outputs;
    if (world_.rank == root) outputs.push_back(std::move(out));
    c10d::GatherOptions options;
    options.rootRank = root;
    return group_->gather(outputs, tensors, options);
  });
}

cofi::Communicator::Pending GlooCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  require_one_each(out, "all_gather");
  return start("all_gather", [&] {
    Tensors tensors{tensor};
    std::vector<Tensors> outputs{std::move(out)};
    return group_->allgather(outputs, tensors);
  });
}

cofi::Communicator::Pending GlooCommunicator::scatter(Tensors in, at::Tensor out, int root) {
  require_rank(root, "scatter");
  if (world_.rank == root) require_one_each(in, "scatter");
  return start("scatter", [&] {
    Tensors outputs{out};
    std::vector<Tensors> inputs;
    if (world_.rank == root) inputs.push_back(std::move(in));
    c10d::ScatterOptions options;
    options.rootRank = root;
    return group_->scatter(outputs, inputs, options);
  });
}

// Gloo's c10d has none for lists: a reduction to each rank.
cofi::Communicator::Pending GlooCommunicator::reduce_scatter(Tensors in, at::Tensor out,
                                                             cofi::ReduceOp op) {
  require_one_each(in, "reduce_scatter");
  for (int root = 0; root < world_.size; ++root) {
    at::Tensor part = in[static_cast<std::size_t>(root)].clone();
    reduce(part, root, op)->wait();
    if (root == world_.rank) out.copy_(part);
  }
  return pending("reduce_scatter", {});
}

// Gloo's c10d has none for lists: a message to each rank and one from it.
cofi::Communicator::Pending GlooCommunicator::all_to_all(Tensors in, Tensors out) {
  require_one_each(in, "all_to_all");
  require_one_each(out, "all_to_all");
  Works works;
  try {
    for (int rank = 0; rank < world_.size; ++rank) {
      const auto k = static_cast<std::size_t>(rank);
      if (rank == world_.rank) {
        out[k].copy_(in[k]);
        continue;
      }
      Tensors from{out[k]}, to{in[k]};
      works.push_back(group_->recv(from, rank, kAllToAllTag));
      works.push_back(group_->send(to, rank, kAllToAllTag));
    }
  } catch (const std::exception& error) {
    throw failure("all_to_all", world_.rank, error.what());
  }
  return pending("all_to_all", std::move(works));
}

cofi::Communicator::Pending GlooCommunicator::barrier() {
  return start("barrier", [&] { return group_->barrier(); });
}

std::unique_ptr<cofi::Communicator> GlooCommunicator::subgroup(const std::vector<int>& ranks) {
  const std::string prefix = prefix_ + "group-" + std::to_string(++groups_) + "/";
  for (const int rank : ranks) require_rank(rank, "subgroup");
  const auto own = std::find(ranks.begin(), ranks.end(), world_.rank);
  if (own == ranks.end()) return nullptr;
  if (ranks.size() == 1) return std::make_unique<cofi::SoloCommunicator>();
  cofi::World group = world_;
  group.rank = static_cast<int>(own - ranks.begin());
  group.size = static_cast<int>(ranks.size());
  return std::make_unique<GlooCommunicator>(group, prefix);
}
