#include <cstring>
#include <functional>

#include "cofi/interactions.hpp"

namespace cofi {
namespace {

constexpr std::size_t kShort = 7;
constexpr std::uint64_t kLong = std::uint64_t{1} << 63;

// Names of up to 7 bytes are their own key, with the length in the highest byte; the keys of longer
// ones are hashes with the highest bit set.
std::uint64_t key_of(std::string_view name) {
  if (name.size() > kShort) return std::hash<std::string_view>{}(name) | kLong;
  std::uint64_t key = 0;
  if (!name.empty()) std::memcpy(&key, name.data(), name.size());
  return key | static_cast<std::uint64_t>(name.size()) << 56;
}

// The finalizer of MurmurHash3 (Appleby 2011): spreads every bit of the key.
std::size_t spread(std::uint64_t key) {
  key = (key ^ (key >> 33)) * 0xff51afd7ed558ccdULL;
  key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return key ^ (key >> 33);
}

}  // namespace

std::string_view Vocabulary::name(std::int32_t id) const {
  const auto at = static_cast<std::size_t>(id);
  const std::uint64_t start = at == 0 ? 0 : ends_[at - 1];
  return std::string_view(bytes_).substr(start, ends_[at] - start);
}

// The place that holds the name, or the empty one where it belongs.
std::size_t Vocabulary::place(std::string_view external, std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = spread(key) & mask;
  while (slots_[at].id != kUnknown &&
         (slots_[at].key != key || ((key & kLong) != 0 && name(slots_[at].id) != external))) {
    at = (at + 1) & mask;
  }
  return at;
}

std::int32_t Vocabulary::find(std::string_view external) const {
  return slots_.empty() ? kUnknown : slots_[place(external, key_of(external))].id;
}

std::int32_t Vocabulary::add(std::string_view external) {
  if (3 * (ends_.size() + 1) > 2 * slots_.size()) grow();
  const std::uint64_t key = key_of(external);
  Slot& found = slots_[place(external, key)];
  if (found.id == kUnknown) {
    if (ends_.size() >= INT32_MAX) throw Error("more than 2^31 - 1 distinct ids");
    found = {key, static_cast<std::int32_t>(ends_.size())};
    bytes_.append(external);
    ends_.push_back(bytes_.size());
  }
  return found.id;
}

void Vocabulary::grow() {
  std::vector<Slot> grown(slots_.empty() ? 64 : 2 * slots_.size());
  const std::size_t mask = grown.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.id == kUnknown) continue;
    std::size_t at = spread(slot.key) & mask;
    while (grown[at].id != kUnknown) at = (at + 1) & mask;
    grown[at] = slot;
  }
  slots_ = std::move(grown);
}

}  // namespace cofi
