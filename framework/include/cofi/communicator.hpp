// Collectives among the ranks of a world, and the interface of backend plugins that provide them.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

enum class ReduceOp { kSum, kProduct, kMin, kMax };
enum class Support { kNative, kEmulated, kAbsent };

// An operation under way. wait() returns when its tensors are valid, or throws what went wrong.
class COFI_API Work {
 public:
  virtual ~Work();
  virtual void wait() = 0;
};

// Every operation is asynchronous: `communicator.all_reduce(t)->wait()`. Tensors are contiguous,
// and stay alive until wait() returns. Backends take those of the devices that their tables name; a
// run's communicator takes any, and copies for the backend. All ranks call the same operations in
// the same order, with the same shapes. An operation that the backend lacks is an Error that says
// so.
class COFI_API Communicator {
 public:
  using Tensors = std::vector<at::Tensor>;
  using Pending = std::unique_ptr<Work>;

  virtual ~Communicator();
  virtual int rank() const = 0;
  virtual int size() const = 0;

  virtual Pending send(at::Tensor tensor, int to) = 0;
  virtual Pending recv(at::Tensor tensor, int from) = 0;
  virtual Pending broadcast(at::Tensor tensor, int root) = 0;
  virtual Pending reduce(at::Tensor tensor, int root, ReduceOp op) = 0;
  virtual Pending all_reduce(at::Tensor tensor, ReduceOp op) = 0;
  virtual Pending gather(at::Tensor tensor, Tensors out, int root) = 0;  // out: empty but at root
  virtual Pending all_gather(at::Tensor tensor, Tensors out) = 0;
  virtual Pending scatter(Tensors in, at::Tensor out, int root) = 0;  // in: empty but at root
  virtual Pending reduce_scatter(Tensors in, at::Tensor out, ReduceOp op) = 0;
  virtual Pending all_to_all(Tensors in, Tensors out) = 0;
  virtual Pending barrier() = 0;
  // The communicator of these ranks, or nothing on a rank outside; every rank calls it.
  virtual std::unique_ptr<Communicator> subgroup(const std::vector<int>& ranks) = 0;
};

// Whether any rank says so: every rank asks.
COFI_API bool any(Communicator& communicator, bool mine);

// Notes that the ranks of a world leave each other: bytes by key, kept by the world's host. Calls
// may come from any thread; each is an Error once the host cannot be reached.
class COFI_API Store {
 public:
  virtual ~Store();
  virtual void set(const std::string& key, const std::string& value) = 0;
  // Waits until the key is there; an Error after so many seconds.
  virtual std::string get(const std::string& key, double timeout_seconds) = 0;
  virtual bool has(const std::string& key) = 0;
  // Adds to the number (in decimal digits) under the key, 0 where it is missing; the new number.
  virtual std::int64_t add(const std::string& key, std::int64_t amount) = 0;
  // Sets the value where the present one is `expected` (empty: where the key is missing); what the
  // key holds now.
  virtual std::string compare_set(const std::string& key, const std::string& expected,
                                  const std::string& value) = 0;
  virtual bool erase(const std::string& key) = 0;
  virtual std::int64_t count() = 0;  // keys
};

// Where a rank stands in its world.
struct World {
  int rank = 0, size = 1;
  int local_rank = 0, local_size = 1;  // among the ranks of this machine
  Store* store = nullptr;              // outlives the communicator; none in a world of one
  std::string address;                 // of the interface that ranks talk over; empty: any
  double timeout_seconds = 60;         // to wait for the others while joining
  c10::Device device = c10::kCPU;      // that this rank computes on
};

// One line of a backend's capability table.
struct Capability {
  std::string operation;
  Support cpu = Support::kAbsent, gpu = Support::kAbsent;

  bool absent() const { return cpu == Support::kAbsent && gpu == Support::kAbsent; }
};

// The table of a backend that treats all operations alike.
COFI_API std::vector<Capability> all_operations(Support cpu, Support gpu);
// Whether a table has anything for the CPU (&Capability::cpu), or for GPUs.
COFI_API bool serves(const std::vector<Capability>& table, Support Capability::*device);

class COFI_API Backend {
 public:
  static constexpr char kKind[] = "backend";
  static constexpr unsigned kUses = 0;

  virtual ~Backend();
  virtual std::vector<Capability> capabilities() const = 0;
  // Joins the world; an Error where it cannot.
  virtual std::unique_ptr<Communicator> connect(const World& world) = 0;
};

}  // namespace cofi
