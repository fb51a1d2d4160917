#include "testing/communicator_checks.hpp"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace cofi::testing {
namespace {

using Tensors = Communicator::Tensors;
// Element k of a tensor.
using Values = std::function<double(std::int64_t k)>;

constexpr std::array<at::ScalarType, 5> kTypes = {at::kFloat, at::kDouble, at::kInt, at::kLong,
                                                  at::kByte};
constexpr std::array<std::int64_t, 3> kSizes = {1, 13, 5000};

// What rank `from` has for rank `to`: whole numbers that every type holds.
Values datum(int from, int to = 0) {
  return [=](std::int64_t k) { return static_cast<double>((from * 37 + to * 11 + k) % 127); };
}

// What a rank adds to a reduction: products are powers of two, which float32 holds.
double term(int rank, std::int64_t k) { return static_cast<double>(1 + (rank + k) % 2); }

constexpr std::array<std::pair<ReduceOp, const char*>, 4> kOps = {{{ReduceOp::kSum, "sum"},
                                                                   {ReduceOp::kProduct, "product"},
                                                                   {ReduceOp::kMin, "min"},
                                                                   {ReduceOp::kMax, "max"}}};

double combine(ReduceOp op, double a, double b) {
  switch (op) {
    case ReduceOp::kProduct:
      return a * b;
    case ReduceOp::kMin:
      return std::min(a, b);
    case ReduceOp::kMax:
      return std::max(a, b);
    case ReduceOp::kSum:
      break;
  }
  return a + b;
}

// Of all ranks' terms, of which those of `shift` are of other places.
Values reduced(ReduceOp op, const std::vector<int>& ranks, int shift = 0) {
  return [=](std::int64_t k) {
    double value = term(ranks[0] + shift, k);
    for (std::size_t n = 1; n < ranks.size(); ++n) {
      value = combine(op, value, term(ranks[n] + shift, k));
    }
    return value;
  };
}

std::vector<int> all_ranks(const Communicator& world) {
  std::vector<int> ranks;
  for (int rank = 0; rank < world.size(); ++rank) ranks.push_back(rank);
  return ranks;
}

at::Tensor tensor(std::int64_t size, at::ScalarType type, const Values& values) {
  std::vector<double> all;
  for (std::int64_t k = 0; k < size; ++k) all.push_back(values(k));
  return at::from_blob(all.data(), {size}, at::kDouble).to(type, false, /*copy=*/true);
}

at::Tensor blank(std::int64_t size, at::ScalarType type) { return at::full({size}, 99, type); }

Tensors blanks(int count, std::int64_t size, at::ScalarType type) {
  Tensors all;
  for (int n = 0; n < count; ++n) all.push_back(blank(size, type));
  return all;
}

std::string difference(const at::Tensor& got, const Values& right, const std::string& what) {
  const at::Tensor numbers = got.to(at::kDouble);
  const double* data = numbers.data_ptr<double>();
  const double wraps = got.scalar_type() == at::kByte ? 256 : 1e18;
  for (std::int64_t k = 0; k < got.numel(); ++k) {
    if (data[k] == std::fmod(right(k), wraps)) continue;
    return fmt::format("{}: number {} of {} of type {} is {} where {} is right", what, k + 1,
                       got.numel(), at::toString(got.scalar_type()), data[k], right(k));
  }
  return "";
}

// The first of what goes wrong with any type and size; the others are asked, too, so that no rank
// stops while others go on.
template <class Body>
std::string each(const Body& body) {
  std::string first;
  for (const at::ScalarType type : kTypes) {
    for (const std::int64_t size : kSizes) {
      std::string wrong = body(size, type);
      if (first.empty()) first = std::move(wrong);
    }
  }
  return first;
}

std::string with_root(int root) { return "with rank " + std::to_string(root) + " as root"; }

template <class Body>
std::string each_root(const Communicator& world, const Body& body) {
  return each([&](std::int64_t size, at::ScalarType type) {
    std::string first;
    for (int root = 0; root < world.size(); ++root) {
      std::string wrong = body(size, type, root);
      if (first.empty()) first = std::move(wrong);
    }
    return first;
  });
}

template <class Body>
std::string each_op(const Body& body) {
  std::string first;
  for (const auto& [op, name] : kOps) {
    std::string wrong = body(op, name);
    if (first.empty()) first = std::move(wrong);
  }
  return first;
}

// Round a ring; both ends of a message at once.
std::string send_and_recv(Communicator& world) {
  const int next = (world.rank() + 1) % world.size();
  const int before = (world.rank() + world.size() - 1) % world.size();
  return each([&](std::int64_t size, at::ScalarType type) {
    const at::Tensor out = blank(size, type);
    const Communicator::Pending sent =
        world.send(tensor(size, type, datum(world.rank(), next)), next);
    world.recv(out, before)->wait();
    sent->wait();
    return difference(out, datum(before, world.rank()), fmt::format("from rank {}", before));
  });
}

std::string broadcast(Communicator& world) {
  return each_root(world, [&](std::int64_t size, at::ScalarType type, int root) {
    const at::Tensor out = tensor(size, type, datum(world.rank()));
    world.broadcast(out, root)->wait();
    return difference(out, datum(root), with_root(root));
  });
}

std::string reduce(Communicator& world) {
  return each_op([&](ReduceOp op, const std::string& name) {
    return each_root(world, [&](std::int64_t size, at::ScalarType type, int root) -> std::string {
      const at::Tensor out =
          tensor(size, type, [&](std::int64_t k) { return term(world.rank(), k); });
      world.reduce(out, root, op)->wait();
      if (world.rank() != root) return "";
      return difference(out, reduced(op, all_ranks(world)), name + " " + with_root(root));
    });
  });
}

// Two at once, waited for in the other order.
std::string all_reduce(Communicator& world) {
  return each_op([&](ReduceOp op, const std::string& name) {
    return each([&](std::int64_t size, at::ScalarType type) {
      const auto own = [&](int shift) {
        return tensor(size, type, [&](std::int64_t k) { return term(world.rank() + shift, k); });
      };
      const at::Tensor first = own(0), second = own(1);
      const Communicator::Pending one = world.all_reduce(first, op);
      const Communicator::Pending two = world.all_reduce(second, op);
      two->wait();
      one->wait();
      const std::string wrong = difference(first, reduced(op, all_ranks(world)), name);
      return wrong.empty() ? difference(second, reduced(op, all_ranks(world), 1), name) : wrong;
    });
  });
}

std::string gathered(const Tensors& out, int to, const std::string& what) {
  for (std::size_t rank = 0; rank < out.size(); ++rank) {
    std::string wrong = difference(out[rank], datum(static_cast<int>(rank), to),
                                   fmt::format("{}from rank {}", what, rank));
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string gather(Communicator& world) {
  return each_root(world, [&](std::int64_t size, at::ScalarType type, int root) {
    const Tensors out = world.rank() == root ? blanks(world.size(), size, type) : Tensors();
    world.gather(tensor(size, type, datum(world.rank())), out, root)->wait();
    return gathered(out, 0, with_root(root) + ", ");
  });
}

std::string all_gather(Communicator& world) {
  return each([&](std::int64_t size, at::ScalarType type) {
    const Tensors out = blanks(world.size(), size, type);
    world.all_gather(tensor(size, type, datum(world.rank())), out)->wait();
    return gathered(out, 0, "");
  });
}

std::string scatter(Communicator& world) {
  return each_root(world, [&](std::int64_t size, at::ScalarType type, int root) {
    Tensors in;
    for (int to = 0; world.rank() == root && to < world.size(); ++to) {
      in.push_back(tensor(size, type, datum(root, to)));
    }
    const at::Tensor out = blank(size, type);
    world.scatter(in, out, root)->wait();
    return difference(out, datum(root, world.rank()), with_root(root));
  });
}

std::string reduce_scatter(Communicator& world) {
  return each_op([&](ReduceOp op, const std::string& name) {
    return each([&](std::int64_t size, at::ScalarType type) {
      Tensors in;
      for (int to = 0; to < world.size(); ++to) {
        in.push_back(
            tensor(size, type, [&](std::int64_t k) { return term(world.rank() + to, k); }));
      }
      const at::Tensor out = blank(size, type);
      world.reduce_scatter(in, out, op)->wait();
      return difference(out, reduced(op, all_ranks(world), world.rank()), name);
    });
  });
}

std::string all_to_all(Communicator& world) {
  return each([&](std::int64_t size, at::ScalarType type) {
    Tensors in;
    for (int to = 0; to < world.size(); ++to) {
      in.push_back(tensor(size, type, datum(world.rank(), to)));
    }
    const Tensors out = blanks(world.size(), size, type);
    world.all_to_all(in, out)->wait();
    return gathered(out, world.rank(), "");
  });
}

std::string barrier(Communicator& world) {
  world.barrier()->wait();
  return "";
}

// Every second rank, the others, and all of them backwards.
std::string subgroup(Communicator& world) {
  std::vector<int> even, odd, backwards = all_ranks(world);
  for (const int rank : backwards) (rank % 2 == 0 ? even : odd).push_back(rank);
  std::reverse(backwards.begin(), backwards.end());
  for (const auto& ranks : {even, odd, backwards}) {
    if (ranks.empty()) continue;
    const std::unique_ptr<Communicator> group = world.subgroup(ranks);
    const auto own = std::find(ranks.begin(), ranks.end(), world.rank());
    if (own == ranks.end()) {
      if (group != nullptr) return "a rank outside the subgroup has a communicator of it";
      continue;
    }
    if (group == nullptr) return "a rank of the subgroup has no communicator of it";
    if (group->rank() != own - ranks.begin() || group->size() != static_cast<int>(ranks.size())) {
      return fmt::format("rank {} of a subgroup of {} calls itself {} of {}", own - ranks.begin(),
                         ranks.size(), group->rank(), group->size());
    }
    std::string wrong = each([&](std::int64_t size, at::ScalarType type) {
      const at::Tensor out =
          tensor(size, type, [&](std::int64_t k) { return term(world.rank(), k); });
      group->all_reduce(out, ReduceOp::kSum)->wait();
      const std::string sum = difference(out, reduced(ReduceOp::kSum, ranks), "sum");
      const at::Tensor first = tensor(size, type, datum(world.rank()));
      group->broadcast(first, 0)->wait();
      return sum.empty() ? difference(first, datum(ranks[0]), "broadcast") : sum;
    });
    if (!wrong.empty()) return "in a subgroup, " + wrong;
  }
  return "";
}

}  // namespace

const std::vector<CommunicatorCheck>& communicator_checks() {
  static const std::vector<CommunicatorCheck> kChecks = {
      {"send", &send_and_recv},    {"recv", &send_and_recv},    {"broadcast", &broadcast},
      {"reduce", &reduce},         {"all_reduce", &all_reduce}, {"gather", &gather},
      {"all_gather", &all_gather}, {"scatter", &scatter},       {"reduce_scatter", &reduce_scatter},
      {"all_to_all", &all_to_all}, {"barrier", &barrier},       {"subgroup", &subgroup}};
  return kChecks;
}

std::string complete(const std::vector<Capability>& table) {
  std::set<std::string> operations, named;
  for (const CommunicatorCheck& check : communicator_checks()) operations.insert(check.operation);
  for (const Capability& capability : table) {
    if (operations.count(capability.operation) == 0) {
      return fmt::format("the table names '{}', which is no operation", capability.operation);
    }
    if (!named.insert(capability.operation).second) {
      return fmt::format("the table names '{}' twice", capability.operation);
    }
  }
  for (const std::string& operation : operations) {
    if (named.count(operation) == 0) {
      return fmt::format("the table does not name '{}'", operation);
    }
  }
  return "";
}

std::vector<CommunicatorCheck> checks_of(const std::vector<Capability>& table) {
  std::vector<CommunicatorCheck> checks = communicator_checks();
  for (CommunicatorCheck& check : checks) {
    const auto same = [&](const Capability& row) { return row.operation == check.operation; };
    if (!std::find_if(table.begin(), table.end(), same)->absent()) continue;
    check.ask = [ask = check.ask](Communicator& world) -> std::string {
      try {
        ask(world);
      } catch (const Error&) {
        return "";
      }
      return "the table calls it absent, and it is no Error";
    };
  }
  return checks;
}

}  // namespace cofi::testing
