// Ranks of an MPI job, by Open MPI or another library of that interface.
#include <memory>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/solo_communicator.hpp"

#include "mpi_communicator.hpp"

namespace {

class Mpi final : public cofi::Backend {
 public:
  explicit Mpi(const cofi::Params&) {}

  std::vector<cofi::Capability> capabilities() const override {
    return cofi::all_operations(cofi::Support::kNative, cofi::Support::kAbsent);
  }

  std::unique_ptr<cofi::Communicator> connect(const cofi::World& world) override {
    if (world.size == 1) return std::make_unique<cofi::SoloCommunicator>();
    return MpiCommunicator::of_job(world);
  }
};

}  // namespace

COFI_PLUGIN(cofi::Backend, Mpi, "mpi", "1.0.0", "The ranks of an MPI job.", cofi::kNoParams)
