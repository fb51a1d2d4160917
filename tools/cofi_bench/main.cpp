// Measures this machine and what cofi's hot loops make of it. See tools/bench.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

#include "cofi/error.hpp"

#include "kernels.hpp"
#include "measure.hpp"
#include "reading.hpp"
#include "triad.hpp"

int main(int argc, char** argv) {
  try {
    bool quick = false;
    int threads = static_cast<int>(std::thread::hardware_concurrency());
    for (int n = 1; n < argc; ++n) {
      const std::string argument = argv[n];
      if (argument == "--quick") {
        quick = true;
      } else if (argument == "--threads" && n + 1 < argc && std::atoi(argv[n + 1]) > 0) {
        threads = std::atoi(argv[++n]);
      } else {
        throw cofi::Error("usage: cofi-bench [--quick] [--threads N], not '", argument, "'");
      }
    }
    const cofi::ThreadPool one(1), all(threads);
    const double triad_one = cofi::bench::triad(one);
    const double triad_all = threads == 1 ? triad_one : cofi::bench::triad(all);
    std::printf("triad: %.1f GB/s on 1 thread, %.1f GB/s on %d\n\n", triad_one / 1e9,
                triad_all / 1e9, threads);
    const cofi::bench::Table table(triad_all);
    cofi::bench::run_kernels(table, all);
    std::printf("\n");
    cofi::bench::run_reading(all, quick ? 1'800'000 : 18'000'000);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "cofi-bench: %s\n", problem.what());
    return 2;
  }
}
