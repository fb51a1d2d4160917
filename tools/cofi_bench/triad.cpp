#include "triad.hpp"

#include <cstdint>
#include <memory>

#include "measure.hpp"

namespace cofi::bench {

double triad(const ThreadPool& pool) {
  constexpr std::int64_t kFloats = 1 << 25;  // 128 MiB an array
  constexpr std::int64_t kGrain = 1 << 16;
  const auto array = [] { return std::make_unique<float[]>(static_cast<std::size_t>(kFloats)); };
  const auto a = array(), b = array(), c = array();
  const double seconds = median_seconds([&] {
    parallel_for(pool, kFloats, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) a[n] = b[n] + 3.0F * c[n];
    });
  });
  return 3.0 * sizeof(float) * kFloats / seconds;
}

}  // namespace cofi::bench
