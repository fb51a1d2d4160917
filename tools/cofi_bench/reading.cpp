#include "reading.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "cofi/delimited.hpp"
#include "cofi/random.hpp"

namespace cofi::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Private memory of this process, mapped files apart (MB).
double anonymous_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "RssAnon:" && status >> kilobytes) return kilobytes / 1024;
  }
  return 0;
}

// Samples the memory while it lives: the kernel keeps a high-water mark of all memory only.
class PeakAnonymous {
 public:
  PeakAnonymous() : thread_([this] { watch(); }) {}
  ~PeakAnonymous() { stop(); }
  double stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return peak_;
  }

 private:
  void watch() {
    while (!done_) {
      peak_ = std::max(peak_, anonymous_mb());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  std::atomic<bool> done_{false};
  double peak_ = 0;
  std::thread thread_;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(std::int64_t lines)
      : path_((std::filesystem::temp_directory_path() /
               ("cofi-bench-" + std::to_string(::getpid()) + ".txt"))
                  .string()) {
    constexpr std::int32_t kUsers = 138'493, kItems = 26'744;
    std::FILE* file = std::fopen(path_.c_str(), "w");
    if (file == nullptr) throw Error("cannot write ", path_);
    Random random(0);
    for (std::int64_t line = 0; line < lines; ++line) {
      const auto user = static_cast<int>(line * kUsers / lines) + 1;
      // Squared: a few items have most of the ratings.
      const double popularity = random.uniform();
      const auto item = static_cast<int>(popularity * popularity * kItems) + 1;
      const unsigned stars = random() % 10 + 1;
      std::fprintf(file, "%d %d %u.%u\n", user, item, stars / 2, stars % 2 * 5);
    }
    if (std::fclose(file) != 0) throw Error("cannot write ", path_);
  }
  ~TemporaryFile() {
    std::error_code ignored;  // a file left in the temporary folder does no harm
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

void run_reading(const ThreadPool& pool, std::int64_t lines) {
  const TemporaryFile file(lines);
  DelimitedFormat format;
  format.separator = " ";
  format.header = false;
  format.duplicates = "keep";
  const double before = anonymous_mb();
  PeakAnonymous watch;
  const auto start = Clock::now();
  const Data data = read_delimited(FileBytes::open(file.path()), format, pool);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double peak = watch.stop() - before;
  const double columns = 12e-6 * 1e6 / 1048576 * static_cast<double>(data.interactions.size());
  std::printf(
      "%.1f million lines (%.0f MB of text) on %d threads: %.2f s, %.1f million lines/s, "
      "peak %.0f MB of private memory for %.0f MB of columns (%.1f times)\n",
      static_cast<double>(lines) / 1e6,
      static_cast<double>(std::filesystem::file_size(file.path())) / 1e6, pool.threads(), seconds,
      static_cast<double>(lines) / seconds / 1e6, peak, columns, peak / columns);
  std::fflush(stdout);
}

}  // namespace cofi::bench
