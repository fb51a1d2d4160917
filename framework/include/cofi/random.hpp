// Counter-based random numbers in streams named by purpose, so that a new consumer moves no other
// stream and a block of work draws the same numbers on any thread.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the key is a
// hash of the seed and the stream's names, the counter its position. A UniformRandomBitGenerator.
class COFI_API Random {
 public:
  using result_type = std::uint32_t;

  explicit Random(std::uint64_t seed);

  // An independent stream: random.stream("init"), random.stream("shuffle").stream(epoch).
  Random stream(std::string_view name) const;
  Random stream(std::uint64_t index) const;

  // The seed that this and all its streams come from (for generators that draw as other libraries
  // do).
  std::uint64_t seed() const { return seed_; }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT32_MAX; }
  result_type operator()();

  double uniform();                         // [0, 1), 53 bits
  double uniform(double low, double high);  // [low, high)
  double normal();                          // mean 0, standard deviation 1 (Box-Muller)
  std::uint64_t below(std::uint64_t n);     // [0, n), unbiased (rejection)
  std::vector<std::int32_t> permutation(std::int32_t n);  // Fisher-Yates, from the end

 private:
  Random(std::uint64_t seed, std::uint64_t key) : seed_(seed), key_(key) {}

  std::uint64_t seed_, key_;
  std::uint64_t block_ = 0;  // the next block of four outputs
  std::array<std::uint32_t, 4> outputs_{};
  unsigned left_ = 0;
};

// What numpy.random.RandomState(seed).permutation(n) draws: MT19937, Fisher-Yates from the end with
// masked rejection. pandas' sample(frac) takes its first rows; choice(replace=False) as well.
class COFI_API NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed);
  std::vector<std::int32_t> permutation(std::int32_t n);

 private:
  std::mt19937 engine_;
};

}  // namespace cofi
