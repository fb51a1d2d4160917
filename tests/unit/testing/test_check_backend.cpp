// One small backend a defect: the kit finds each, and nothing else.
#include "cofi/solo_communicator.hpp"
#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;
using cofi::Capability;
using cofi::Communicator;
using cofi::Support;

class Solo : public cofi::Backend {
 public:
  std::vector<Capability> capabilities() const override {
    return cofi::all_operations(Support::kNative, Support::kAbsent);
  }
  std::unique_ptr<Communicator> connect(const cofi::World&) override {
    return std::make_unique<cofi::SoloCommunicator>();
  }
};

class NamesOneTwice : public Solo {
  std::vector<Capability> capabilities() const override {
    std::vector<Capability> all = Solo::capabilities();
    all.push_back(all[3]);
    return all;
  }
};
class ForgetsOne : public Solo {
  std::vector<Capability> capabilities() const override {
    std::vector<Capability> all = Solo::capabilities();
    all.pop_back();
    return all;
  }
};
class InventsOne : public Solo {
  std::vector<Capability> capabilities() const override {
    std::vector<Capability> all = Solo::capabilities();
    all[0].operation = "broadcsat";
    return all;
  }
};
class HidesOne : public Solo {
  std::vector<Capability> capabilities() const override {
    std::vector<Capability> all = Solo::capabilities();
    all[2].cpu = Support::kAbsent;
    return all;
  }
};
class NobodyThere : public Solo {
  std::unique_ptr<Communicator> connect(const cofi::World&) override { return nullptr; }
};

// A communicator with a broken operation or two, around a good one.
class Broken : public cofi::Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  Pending send(at::Tensor t, int to) override { return solo_.send(t, to); }
  Pending recv(at::Tensor t, int from) override { return solo_.recv(t, from); }
  Pending broadcast(at::Tensor t, int root) override { return solo_.broadcast(t, root); }
  Pending reduce(at::Tensor t, int root, cofi::ReduceOp op) override {
    return solo_.reduce(t, root, op);
  }
  Pending all_reduce(at::Tensor t, cofi::ReduceOp op) override {
    t.mul_(2);
    return solo_.all_reduce(t, op);
  }
  Pending gather(at::Tensor t, Tensors out, int root) override {
    return solo_.gather(t, out, root);
  }
  Pending all_gather(at::Tensor, Tensors) override { return solo_.barrier(); }
  Pending scatter(Tensors in, at::Tensor out, int root) override {
    return solo_.scatter(in, out, root);
  }
  Pending reduce_scatter(Tensors in, at::Tensor out, cofi::ReduceOp op) override {
    return solo_.reduce_scatter(in, out, op);
  }
  Pending all_to_all(Tensors, Tensors) override { throw cofi::Error("not built in"); }
  Pending barrier() override { return solo_.barrier(); }
  std::unique_ptr<Communicator> subgroup(const std::vector<int>&) override { return nullptr; }

 private:
  cofi::SoloCommunicator solo_;
};
class GivesBroken : public Solo {
  std::unique_ptr<Communicator> connect(const cofi::World&) override {
    return std::make_unique<Broken>();
  }
};

template <class Class>
Findings findings() {
  return check_backend(factory<cofi::Backend, Class>());
}

}  // namespace

TEST_CASE("conformance of backends") {
  const std::string table = "its table names every operation once";
  check(findings<Solo>());
  CHECK(message(findings<NamesOneTwice>(), table) == "the table names 'reduce' twice");
  CHECK(message(findings<ForgetsOne>(), table) == "the table does not name 'subgroup'");
  CHECK(message(findings<InventsOne>(), table) ==
        "the table names 'broadcsat', which is no operation");
  CHECK(failures(findings<HidesOne>()) == Failed{"broadcast"});
  CHECK(failures(findings<NobodyThere>()) == Failed{"joins a world of one"});
  const Findings broken = findings<GivesBroken>();
  CHECK(failures(broken) == Failed{"all_reduce", "all_gather", "all_to_all", "subgroup"});
  CHECK(message(broken, "all_to_all") == "it threw: not built in");
}
