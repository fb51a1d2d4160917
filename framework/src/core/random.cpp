#include "cofi/random.hpp"

#include <cmath>
#include <numeric>

namespace cofi {
namespace {

// The finalizer of splitmix64 (Steele et al. 2014): spreads every bit over all.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter) {
  std::array<std::uint32_t, 4> c = {static_cast<std::uint32_t>(counter),
                                    static_cast<std::uint32_t>(counter >> 32), 0, 0};
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

}  // namespace

Random::Random(std::uint64_t seed) : seed_(seed), key_(mix(seed)) {}

Random Random::stream(std::string_view name) const {
  std::uint64_t key = key_;
  for (const char c : name) key = mix(key ^ static_cast<unsigned char>(c));
  return {seed_, mix(key ^ 0x6e616d65)};
}

Random Random::stream(std::uint64_t index) const {
  return {seed_, mix(mix(key_ ^ 0x696e6478) + index)};
}

Random::result_type Random::operator()() {
  if (left_ == 0) {
    outputs_ = philox(key_, block_++);
    left_ = 4;
  }
  return outputs_[4 - left_--];
}

double Random::uniform() {
  const std::uint64_t high = (*this)(), low = (*this)();
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

double Random::normal() {
  constexpr double kTwoPi = 6.283185307179586476925286766559;
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(kTwoPi * uniform());
}

std::uint64_t Random::below(std::uint64_t n) {
  // Numbers under 2^64 mod n would favour small remainders.
  const std::uint64_t skip = (0 - n) % n;
  while (true) {
    const std::uint64_t high = (*this)(), low = (*this)();
    const std::uint64_t drawn = (high << 32) | low;
    if (drawn >= skip) return drawn % n;
  }
}

std::vector<std::int32_t> Random::permutation(std::int32_t n) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[below(i)]);
  return all;
}

NumpyRandom::NumpyRandom(std::uint32_t seed) : engine_(seed) {}

std::vector<std::int32_t> NumpyRandom::permutation(std::int32_t n) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  for (std::uint32_t i = static_cast<std::uint32_t>(all.size()); i > 1; --i) {
    const std::uint32_t most = i - 1;
    std::uint32_t mask = most;
    for (unsigned shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    std::uint32_t j = 0;
    do {
      j = static_cast<std::uint32_t>(engine_()) & mask;
    } while (j > most);
    std::swap(all[most], all[j]);
  }
  return all;
}

}  // namespace cofi
