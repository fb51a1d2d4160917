#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace cofi::bench {

double median_seconds(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kRuns = 5;
  constexpr double kSeconds = 0.25;
  work();  // pages are touched, caches warm
  std::vector<double> seconds;
  for (double total = 0; seconds.size() < kRuns || total < kSeconds; total += seconds.back()) {
    const auto start = Clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

Table::Table(double triad) : triad_(triad) {
  std::printf("%-44s %7s %11s %9s %7s %9s\n", "kernel (median time)", "threads", "time", "MB",
              "GB/s", "of triad");
}

void Table::row(const std::string& what, int threads, double seconds, double bytes) const {
  std::printf("%-44s %7d %8.3f ms %9.1f %7.1f %8.0f%%\n", what.c_str(), threads, seconds * 1e3,
              bytes / 1e6, bytes / seconds / 1e9, 100 * bytes / seconds / triad_);
  std::fflush(stdout);
}

}  // namespace cofi::bench
