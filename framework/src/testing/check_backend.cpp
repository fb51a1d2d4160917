#include <fmt/format.h>

#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"
#include "testing/communicator_checks.hpp"

namespace cofi::testing {

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
  for (const CommunicatorCheck& check : checks_of(capabilities)) {
    checks.run(check.operation, [&] { return check.ask(*world); });
  }
  return checks.take();
}

}  // namespace cofi::testing
