#include <cstdio>
#include <cstdlib>

#include "run/commands.hpp"
#include "run/processes.hpp"
#include "run/session.hpp"
#include "world/environment.hpp"
#include "world/member.hpp"

namespace cofi::run {
namespace {

int run_as_rank(const world::Seat& seat, spec::Experiment experiment, Session session,
                const plugin::Registry& registry) {
  world::Member member(seat);
  session.membership = &member;
  if (seat.generation > 1) session.fresh = false;  // it goes on with what was done before
  try {
    const int code = run_session(std::move(experiment), session, registry);
    member.finish();
    return code;
  } catch (const std::exception& error) {
    // What several ranks meet at once, one of them says.
    if (!member.abandon(error.what())) std::_Exit(2);
    throw;
  }
}

}  // namespace

int run(const RunOptions& options, const plugin::Registry& registry) {
  spec::Experiment experiment = spec::load_experiment(options.spec, options.overrides, registry);
  Session session;
  session.folder = options.out.empty() ? "runs/" + experiment.name : options.out;
  session.fresh = options.fresh;
  session.dry_run = options.dry_run;
  session.verbosity = options.verbosity;
  session.worker_threads = options.worker_threads;
  if (options.worker_threads > 0) return run_session(std::move(experiment), session, registry);
  if (const auto seat = world::seat_from_launcher()) {
    return run_as_rank(*seat, std::move(experiment), session, registry);
  }
  const world::Launch launch = launch_of(options.processes, experiment);
  session.dry_world = launch.world;
  if (launch.world > 1 && !options.dry_run) return world::launch(launch);
  return run_session(std::move(experiment), session, registry);
}

}  // namespace cofi::run
