#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros_like.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

// What an operation leaves behind in a world of one, given `input`: the same again.
using Operation = std::function<at::Tensor(Communicator&, const at::Tensor& input)>;

// Runs an operation on a copy of the input, in place.
template <class Start>
Operation in_place(Start start) {
  return [start](Communicator& world, const at::Tensor& input) {
    at::Tensor tensor = input.clone();
    start(world, tensor)->wait();
    return tensor;
  };
}

template <class Start>
Operation with_output(Start start) {
  return [start](Communicator& world, const at::Tensor& input) {
    at::Tensor output = at::zeros_like(input);
    start(world, input, output)->wait();
    return output;
  };
}

at::Tensor send_and_receive(Communicator& world, const at::Tensor& input) {
  at::Tensor output = at::zeros_like(input);
  const Communicator::Pending sent = world.send(input, 0);
  world.recv(output, 0)->wait();
  sent->wait();
  return output;
}

const std::map<std::string, Operation>& operations() {
  constexpr ReduceOp kSum = ReduceOp::kSum;
  using C = Communicator;
  using T = at::Tensor;
  static const std::map<std::string, Operation> kOperations = {
      {"send", send_and_receive},
      {"recv", send_and_receive},
      {"broadcast", in_place([](C& c, T& t) { return c.broadcast(t, 0); })},
      {"reduce", in_place([](C& c, T& t) { return c.reduce(t, 0, kSum); })},
      {"all_reduce", in_place([](C& c, T& t) { return c.all_reduce(t, kSum); })},
      {"gather", with_output([](C& c, const T& in, T& out) { return c.gather(in, {out}, 0); })},
      {"all_gather",
       with_output([](C& c, const T& in, T& out) { return c.all_gather(in, {out}); })},
      {"scatter", with_output([](C& c, const T& in, T& out) { return c.scatter({in}, out, 0); })},
      {"reduce_scatter",
       with_output([](C& c, const T& in, T& out) { return c.reduce_scatter({in}, out, kSum); })},
      {"all_to_all",
       with_output([](C& c, const T& in, T& out) { return c.all_to_all({in}, {out}); })},
      {"barrier",
       [](C& c, const T& input) {
         c.barrier()->wait();
         return input;
       }},
      {"subgroup",
       [](C& c, const T& input) {
         const std::unique_ptr<C> group = c.subgroup({0});
         if (group == nullptr || group->rank() != 0 || group->size() != 1) {
           throw Error("the subgroup of rank 0 is not a world of one");
         }
         return input;
       }},
  };
  return kOperations;
}

std::string complete(const std::vector<Capability>& capabilities) {
  std::set<std::string> named;
  for (const Capability& capability : capabilities) {
    if (operations().count(capability.operation) == 0) {
      return fmt::format("the table names '{}', which is no operation", capability.operation);
    }
    if (!named.insert(capability.operation).second) {
      return fmt::format("the table names '{}' twice", capability.operation);
    }
  }
  for (const auto& [name, operation] : operations()) {
    if (named.count(name) == 0) return fmt::format("the table does not name '{}'", name);
  }
  return "";
}

std::string works(Communicator& world, const Operation& operation) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kLong, at::kInt}) {
    const at::Tensor input = at::arange(1, 13, type).reshape({3, 4});
    if (!at::equal(operation(world, input), input)) {
      return fmt::format("a tensor of {} comes back changed", at::toString(type));
    }
  }
  return "";
}

std::string refuses(Communicator& world, const Operation& operation) {
  try {
    operation(world, at::arange(1, 13, at::kFloat).reshape({3, 4}));
  } catch (const Error&) {
    return "";
  }
  return "the table calls it absent, and it is no Error";
}

}  // namespace

Findings check_backend(const Factory<Backend>& make, const Watch& watch) {
  Checks checks(watch);
  std::unique_ptr<Backend> backend;
  std::vector<Capability> capabilities;
  const bool described = checks.run("its table names every operation once", [&] {
    backend = make();
    capabilities = backend->capabilities();
    return complete(capabilities);
  });
  if (!described) return checks.take();
  std::unique_ptr<Communicator> world;
  const bool joined = checks.run("joins a world of one", [&]() -> std::string {
    world = backend->connect(World{});
    if (world == nullptr) return "connect gives no communicator";
    if (world->rank() == 0 && world->size() == 1) return "";
    return fmt::format("rank {} of {}", world->rank(), world->size());
  });
  if (!joined) return checks.take();
  for (const Capability& capability : capabilities) {
    const Operation& operation = operations().at(capability.operation);
    if (capability.cpu == Support::kAbsent) {
      checks.run(capability.operation + " on the CPU is refused",
                 [&] { return refuses(*world, operation); });
    } else {
      checks.run(capability.operation + " on the CPU gives back what there is",
                 [&] { return works(*world, operation); });
    }
  }
  return checks.take();
}

}  // namespace cofi::testing
