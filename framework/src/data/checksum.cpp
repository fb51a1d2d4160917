#include "data/checksum.hpp"

#include <cstring>

namespace cofi::data {
namespace {

constexpr std::uint64_t kPrime1 = 11400714785074694791ULL, kPrime2 = 14029467366897019727ULL,
                        kPrime3 = 1609587929392839161ULL, kPrime4 = 9650029242287828579ULL,
                        kPrime5 = 2870177450012600261ULL;

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
std::uint64_t rotated(std::uint64_t value, int bits) {
  return value << bits | value >> (64 - bits);
}
std::uint64_t round_of(std::uint64_t lane, std::uint64_t word) {
  return rotated(lane + word * kPrime2, 31) * kPrime1;
}

}  // namespace

std::uint64_t checksum(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint64_t hash = kPrime5;
  if (bytes.size() >= 32) {
    std::uint64_t lanes[4] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
    for (; end - at >= 32; at += 32) {
      for (std::size_t n = 0; n < 4; ++n) {
        lanes[n] = round_of(lanes[n], load<std::uint64_t>(at + 8 * n));
      }
    }
    hash =
        rotated(lanes[0], 1) + rotated(lanes[1], 7) + rotated(lanes[2], 12) + rotated(lanes[3], 18);
    for (const std::uint64_t lane : lanes) hash = (hash ^ round_of(0, lane)) * kPrime1 + kPrime4;
  }
  hash += bytes.size();
  for (; end - at >= 8; at += 8) {
    hash = rotated(hash ^ round_of(0, load<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
  }
  if (end - at >= 4) {
    hash = rotated(hash ^ load<std::uint32_t>(at) * kPrime1, 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < end; ++at) {
    hash = rotated(hash ^ static_cast<unsigned char>(*at) * kPrime5, 11) * kPrime1;
  }
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace cofi::data
