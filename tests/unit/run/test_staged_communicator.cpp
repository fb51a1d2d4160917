#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "run/staged_communicator.hpp"
#include "support/run_ranks.hpp"
#include "testing/communicator_checks.hpp"

using cofi::Communicator;
using cofi::World;
using cofi::run::StagedCommunicator;

namespace {

// As if the backend took tensors of a GPU alone: every tensor is copied for it.
class CopiesAll final : public StagedCommunicator {
 public:
  explicit CopiesAll(std::unique_ptr<Communicator> inner)
      : StagedCommunicator(std::move(inner), c10::kCPU) {}

 private:
  bool takes(const at::Tensor&) const override { return false; }
};

}  // namespace

TEST_CASE("a communicator that copies for its backend does all that others do") {
  for (const bool copies : {true, false}) {
    for (const auto& check : cofi::testing::communicator_checks()) {
      CAPTURE(copies, check.operation);
      std::vector<std::string> wrong(3);
      cofi::test::run_ranks(3, [&](Communicator& world, const World& place) {
        std::unique_ptr<Communicator> staged;
        if (copies) {
          staged = std::make_unique<CopiesAll>(world.subgroup({0, 1, 2}));
        } else {
          staged = std::make_unique<StagedCommunicator>(world.subgroup({0, 1, 2}), c10::kCPU);
        }
        wrong[static_cast<std::size_t>(place.rank)] = check.ask(*staged);
      });
      CHECK(wrong == std::vector<std::string>(3));
    }
  }
}
