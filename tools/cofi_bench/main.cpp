// Measures this machine and what cofi's hot loops make of it. tools/bench calls it.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

#include "cofi/error.hpp"

#include "communicator.hpp"
#include "kernels.hpp"
#include "measure.hpp"
#include "ranking.hpp"
#include "reading.hpp"
#include "thesis.hpp"
#include "triad.hpp"

namespace {

struct Options {
  bool quick = false;
  int threads = static_cast<int>(std::thread::hardware_concurrency());
  cofi::bench::ThesisOptions thesis;  // without a runner: not run
};

Options parse(int argc, char** argv) {
  Options options;
  for (int n = 1; n < argc; ++n) {
    const std::string name = argv[n], value = n + 1 < argc ? argv[n + 1] : "";
    if (name == "--quick") {
      options.quick = true;
      continue;
    }
    ++n;
    if (name == "--threads" && std::atoi(value.c_str()) > 0) {
      options.threads = std::atoi(value.c_str());
    } else if (name == "--runner") {
      options.thesis.runner = value;
    } else if (name == "--spec") {
      options.thesis.spec = value;
    } else if (name == "--data") {
      options.thesis.data = value;
    } else if (name == "--script") {
      options.thesis.script = value;
    } else {
      throw cofi::Error("'", name, " ", value, "' is none of --quick, --threads N, and --runner, ",
                        "--spec, --data, --script with a path");
    }
  }
  return options;
}

// The thesis' run apart from the others: the peak memory of a child process counts what its parent
// had when it was started.
void run(const Options& options) {
  if (!options.thesis.runner.empty()) {
    cofi::bench::run_thesis(options.thesis);
    return;
  }
  const cofi::ThreadPool one(1), all(options.threads);
  const double triad_one = cofi::bench::triad(one);
  const double triad_all = options.threads == 1 ? triad_one : cofi::bench::triad(all);
  std::printf("triad: %.1f GB/s on 1 thread, %.1f GB/s on %d\n\n", triad_one / 1e9, triad_all / 1e9,
              options.threads);
  cofi::bench::run_kernels(cofi::bench::Table(triad_all), all);
  cofi::bench::run_ranking(all);
  std::printf("\n");
  cofi::bench::run_communicator();
  std::printf("\n");
  cofi::bench::run_reading(all, options.quick ? 1'800'000 : 18'000'000);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
    return 0;
  } catch (const std::exception& problem) {
    std::fflush(stdout);
    std::fprintf(stderr, "cofi-bench: %s\n", problem.what());
    return 2;
  }
}
