#include "c10d/connect.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cofi/solo_communicator.hpp"

#include "c10d/store.hpp"

namespace c10d_backend {
namespace {

using cofi::Error;
using Works = std::vector<c10::intrusive_ptr<c10d::Work>>;

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

// Whose operation it is, for messages.
struct Doer {
  std::string backend;
  int rank;

  Error failed(const char* operation, const std::string& what) const {
    return Error("backend/", backend, ": ", operation, " on rank ", rank, ": ",
                 what.substr(0, what.find('\n')));
  }
};

class GroupWork final : public cofi::Work {
 public:
  GroupWork(Doer doer, const char* operation, Works works)
      : doer_(std::move(doer)), operation_(operation), works_(std::move(works)) {}

  void wait() override {
    try {
      for (const auto& work : works_) work->wait();
    } catch (const std::exception& error) {
      throw doer_.failed(operation_, error.what());
    }
  }

 private:
  Doer doer_;
  const char* operation_;
  Works works_;
};

class GroupCommunicator final : public cofi::Communicator {
 public:
  // `prefix`: of its keys in the world's store.
  GroupCommunicator(Engine engine, const cofi::World& world, std::string prefix);

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
  Doer doer() const { return {engine_.name, world_.rank}; }
  Pending pending(const char* operation, Works works) const {
    return std::make_unique<GroupWork>(doer(), operation, std::move(works));
  }
  // Starts an operation; what it throws at once says which it was.
  template <class Start>
  Pending start(const char* operation, const Start& begin) const {
    try {
      return pending(operation, {begin()});
    } catch (const std::exception& error) {
      throw doer().failed(operation, error.what());
    }
  }
  void require_rank(int rank, const char* operation) const;
  void require_one_each(const Tensors& tensors, const char* operation) const;

  Engine engine_;
  cofi::World world_;
  std::string prefix_;
  int groups_ = 0;  // subgroups so far
  c10::intrusive_ptr<Group> group_;
};

GroupCommunicator::GroupCommunicator(Engine engine, const cofi::World& world, std::string prefix)
    : engine_(std::move(engine)), world_(world), prefix_(std::move(prefix)) {
  if (world.store == nullptr) {
    throw Error("backend/", engine_.name,
                ": the ranks of a world find each other through its store, and there is none: ",
                "start them with --np, torchrun, mpirun or srun");
  }
  try {
    group_ = engine_.group(c10::make_intrusive<WorldStore>(*world.store, prefix_), world);
  } catch (const std::exception& error) {
    throw doer().failed("connecting", error.what());
  }
}

void GroupCommunicator::require_rank(int rank, const char* operation) const {
  if (rank >= 0 && rank < world_.size) return;
  throw Error("backend/", engine_.name, ": ", operation, ": there is no rank ", rank,
              " in a world of ", world_.size);
}

void GroupCommunicator::require_one_each(const Tensors& tensors, const char* operation) const {
  if (static_cast<int>(tensors.size()) == world_.size) return;
  throw Error("backend/", engine_.name, ": ", operation, ": ", tensors.size(),
              " tensors for a world of ", world_.size, " ranks, which need one each");
}

cofi::Communicator::Pending GroupCommunicator::send(at::Tensor tensor, int to) {
  require_rank(to, "send");
  return start("send", [&] {
    Tensors tensors{tensor};
    return group_->send(tensors, to, kSendTag);
  });
}

cofi::Communicator::Pending GroupCommunicator::recv(at::Tensor tensor, int from) {
  require_rank(from, "recv");
  return start("recv", [&] {
    Tensors tensors{tensor};
    return group_->recv(tensors, from, kSendTag);
  });
}

cofi::Communicator::Pending GroupCommunicator::broadcast(at::Tensor tensor, int root) {
  require_rank(root, "broadcast");
  return start("broadcast", [&] {
    Tensors tensors{tensor};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return group_->broadcast(tensors, options);
  });
}

cofi::Communicator::Pending GroupCommunicator::reduce(at::Tensor tensor, int root,
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

cofi::Communicator::Pending GroupCommunicator::all_reduce(at::Tensor tensor, cofi::ReduceOp op) {
  return start("all_reduce", [&] {
    Tensors tensors{tensor};
    c10d::AllreduceOptions options;
    options.reduceOp = c10d_op(op);
    return group_->allreduce(tensors, options);
  });
}

cofi::Communicator::Pending GroupCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
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

cofi::Communicator::Pending GroupCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  require_one_each(out, "all_gather");
  return start("all_gather", [&] {
    Tensors tensors{tensor};
    std::vector<Tensors> outputs{std::move(out)};
    return group_->allgather(outputs, tensors);
  });
}

cofi::Communicator::Pending GroupCommunicator::scatter(Tensors in, at::Tensor out, int root) {
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

cofi::Communicator::Pending GroupCommunicator::reduce_scatter(Tensors in, at::Tensor out,
                                                              cofi::ReduceOp op) {
  require_one_each(in, "reduce_scatter");
  if (engine_.reduce_scatter) {
    return start("reduce_scatter", [&] {
      Tensors outputs{out};
      std::vector<Tensors> inputs{std::move(in)};
      c10d::ReduceScatterOptions options;
      options.reduceOp = c10d_op(op);
      return group_->reduce_scatter(outputs, inputs, options);
    });
  }
  // A reduction to each rank.
  for (int root = 0; root < world_.size; ++root) {
    at::Tensor part = in[static_cast<std::size_t>(root)].clone();
    reduce(part, root, op)->wait();
    if (root == world_.rank) out.copy_(part);
  }
  return pending("reduce_scatter", {});
}

cofi::Communicator::Pending GroupCommunicator::all_to_all(Tensors in, Tensors out) {
  require_one_each(in, "all_to_all");
  require_one_each(out, "all_to_all");
  if (engine_.all_to_all) {
    return start("all_to_all", [&] { return group_->alltoall(out, in); });
  }
  // A message to each rank and one from it.
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
    throw doer().failed("all_to_all", error.what());
  }
  return pending("all_to_all", std::move(works));
}

cofi::Communicator::Pending GroupCommunicator::barrier() {
  return start("barrier", [&] {
    c10d::BarrierOptions options;
    if (!world_.device.is_cpu()) options.device_ids = {world_.device.index()};
    return group_->barrier(options);
  });
}

std::unique_ptr<cofi::Communicator> GroupCommunicator::subgroup(const std::vector<int>& ranks) {
  const std::string prefix = prefix_ + "group-" + std::to_string(++groups_) + "/";
  for (const int rank : ranks) require_rank(rank, "subgroup");
  const auto own = std::find(ranks.begin(), ranks.end(), world_.rank);
  if (own == ranks.end()) return nullptr;
  if (ranks.size() == 1) return std::make_unique<cofi::SoloCommunicator>();
  cofi::World group = world_;
  group.rank = static_cast<int>(own - ranks.begin());
  group.size = static_cast<int>(ranks.size());
  return std::make_unique<GroupCommunicator>(engine_, group, prefix);
}

}  // namespace

std::unique_ptr<cofi::Communicator> connect(const Engine& engine, const cofi::World& world) {
  if (world.size == 1) return std::make_unique<cofi::SoloCommunicator>();
  return std::make_unique<GroupCommunicator>(engine, world, engine.name + "/");
}

}  // namespace c10d_backend
