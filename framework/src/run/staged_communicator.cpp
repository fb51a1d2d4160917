#include "run/staged_communicator.hpp"

#include <ATen/ops/empty_like.h>

#include <utility>

namespace cofi::run {

// One operation's tensors.
class StagedCommunicator::Stage {
  struct Copy {
    at::Tensor original, staged;
  };
  class Copying final : public Work {
   public:
    Copying(Pending inner, std::vector<Copy> kept, std::vector<Copy> received)
        : inner_(std::move(inner)), kept_(std::move(kept)), received_(std::move(received)) {}

    void wait() override {
      inner_->wait();
      for (const Copy& copy : received_) copy.original.copy_(copy.staged);
    }

   private:
    Pending inner_;
    std::vector<Copy> kept_, received_;  // kept: until the operation is over
  };

 public:
  explicit Stage(const StagedCommunicator& owner) : owner_(owner) {}

  at::Tensor sent(const at::Tensor& tensor) { return staged(tensor, true, kept_); }
  at::Tensor received(const at::Tensor& tensor) { return staged(tensor, false, received_); }
  at::Tensor both(const at::Tensor& tensor) { return staged(tensor, true, received_); }
  Tensors sent(const Tensors& tensors) {
    Tensors all;
    for (const at::Tensor& tensor : tensors) all.push_back(sent(tensor));
    return all;
  }
  Tensors received(const Tensors& tensors) {
    Tensors all;
    for (const at::Tensor& tensor : tensors) all.push_back(received(tensor));
    return all;
  }

  Pending work(Pending inner) {
    if (kept_.empty() && received_.empty()) return inner;
    return std::make_unique<Copying>(std::move(inner), std::move(kept_), std::move(received_));
  }

 private:
  at::Tensor staged(const at::Tensor& tensor, bool filled, std::vector<Copy>& copies) {
    if (owner_.takes(tensor)) return tensor;
    at::Tensor copy = at::empty_like(tensor, tensor.options().device(owner_.device_));
    if (filled) copy.copy_(tensor);
    copies.push_back({tensor, copy});
    return copy;
  }

  const StagedCommunicator& owner_;
  std::vector<Copy> kept_, received_;
};

StagedCommunicator::StagedCommunicator(std::unique_ptr<Communicator> inner, c10::Device device)
    : inner_(std::move(inner)), device_(device) {}
StagedCommunicator::~StagedCommunicator() = default;

bool StagedCommunicator::takes(const at::Tensor& tensor) const {
  return tensor.device().type() == device_.type();
}

Communicator::Pending StagedCommunicator::send(at::Tensor tensor, int to) {
  Stage stage(*this);
  return stage.work(inner_->send(stage.sent(tensor), to));
}

Communicator::Pending StagedCommunicator::recv(at::Tensor tensor, int from) {
  Stage stage(*this);
  return stage.work(inner_->recv(stage.received(tensor), from));
}

Communicator::Pending StagedCommunicator::broadcast(at::Tensor tensor, int root) {
  Stage stage(*this);
  return stage.work(
      inner_->broadcast(rank() == root ? stage.sent(tensor) : stage.received(tensor), root));
}

Communicator::Pending StagedCommunicator::reduce(at::Tensor tensor, int root, ReduceOp op) {
  Stage stage(*this);
  return stage.work(
      inner_->reduce(rank() == root ? stage.both(tensor) : stage.sent(tensor), root, op));
}

Communicator::Pending StagedCommunicator::all_reduce(at::Tensor tensor, ReduceOp op) {
  Stage stage(*this);
  return stage.work(inner_->all_reduce(stage.both(tensor), op));
}

Communicator::Pending StagedCommunicator::gather(at::Tensor tensor, Tensors out, int root) {
  Stage stage(*this);
  return stage.work(inner_->gather(stage.sent(tensor), stage.received(out), root));
}

Communicator::Pending StagedCommunicator::all_gather(at::Tensor tensor, Tensors out) {
  Stage stage(*this);
  return stage.work(inner_->all_gather(stage.sent(tensor), stage.received(out)));
}

Communicator::Pending StagedCommunicator::scatter(Tensors in, at::Tensor out, int root) {
  Stage stage(*this);
  return stage.work(inner_->scatter(stage.sent(in), stage.received(out), root));
}

Communicator::Pending StagedCommunicator::reduce_scatter(Tensors in, at::Tensor out, ReduceOp op) {
  Stage stage(*this);
  return stage.work(inner_->reduce_scatter(stage.sent(in), stage.received(out), op));
}

Communicator::Pending StagedCommunicator::all_to_all(Tensors in, Tensors out) {
  Stage stage(*this);
  return stage.work(inner_->all_to_all(stage.sent(in), stage.received(out)));
}

Communicator::Pending StagedCommunicator::barrier() { return inner_->barrier(); }

std::unique_ptr<Communicator> StagedCommunicator::subgroup(const std::vector<int>& ranks) {
  std::unique_ptr<Communicator> group = inner_->subgroup(ranks);
  if (!group) return nullptr;
  return std::make_unique<StagedCommunicator>(std::move(group), device_);
}

std::unique_ptr<Communicator> connected(Backend& backend, const World& place) {
  std::unique_ptr<Communicator> world = backend.connect(place);
  const std::vector<Capability> table = backend.capabilities();
  const bool cpu = serves(table, &Capability::cpu), gpu = serves(table, &Capability::gpu);
  if (cpu == gpu || place.device.is_cpu()) return world;
  return std::make_unique<StagedCommunicator>(std::move(world), cpu ? c10::kCPU : place.device);
}

}  // namespace cofi::run
