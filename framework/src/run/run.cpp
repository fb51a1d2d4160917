#include "run/commands.hpp"
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
  session.membership = options.membership;
  return run_session(std::move(experiment), session, registry);
}

}  // namespace cofi::run
