#include <utility>

#include "run/commands.hpp"
#include "run/processes.hpp"
#include "run/session.hpp"

namespace cofi::run {
int run(const RunOptions& options, const plugin::Registry& registry) {
  spec::Experiment experiment = spec::load_experiment(options.spec, options.overrides, registry);
  Session session;
  session.folder = options.out.empty() ? "runs/" + experiment.name : options.out;
  session.fresh = options.fresh;
  session.dry_run = options.dry_run;
  session.verbosity = options.verbosity;
  session.worker_threads = options.worker_threads;
  if (options.worker_threads > 0) return run_session(std::move(experiment), session, registry);
  if (options.dry_run) {
    session.dry_world = launch_of(options.processes, experiment.launch).world;
    return run_session(std::move(experiment), session, registry);
  }
  return in_world(options.processes, experiment.launch, [&](world::Membership* member) {
    session.membership = member;
    // The world goes on with what it did before it was started again.
    if (member != nullptr && member->generation() > 1) session.fresh = false;
    return run_session(std::move(experiment), session, registry);
  });
}

}  // namespace cofi::run
