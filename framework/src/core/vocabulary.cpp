#include <cstring>
#include <functional>

#include "cofi/interactions.hpp"

namespace cofi {
namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

std::string_view Vocabulary::name(std::int32_t id) const {
  const auto at = static_cast<std::size_t>(id);
  const std::uint64_t start = at == 0 ? 0 : ends_[at - 1];
  return std::string_view(bytes_).substr(start, ends_[at] - start);
}

// The slot that holds the name, or the empty one where it belongs. Slots are a power of two.
std::size_t Vocabulary::slot(std::string_view external, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at] != kUnknown) {
    const auto id = static_cast<std::size_t>(slots_[at]);
    if (hashes_[id] == static_cast<std::uint32_t>(hash >> 32) && name(slots_[at]) == external) {
      break;
    }
    at = (at + 1) & mask;
  }
  return at;
}

std::int32_t Vocabulary::find(std::string_view external) const {
  return slots_.empty() ? kUnknown : slots_[slot(external, hash_of(external))];
}

std::int32_t Vocabulary::add(std::string_view external) {
  if (2 * (ends_.size() + 1) > slots_.size()) grow();
  const std::uint64_t hash = hash_of(external);
  std::int32_t& found = slots_[slot(external, hash)];
  if (found == kUnknown) {
    if (ends_.size() >= INT32_MAX) throw Error("more than 2^31 - 1 distinct ids");
    found = static_cast<std::int32_t>(ends_.size());
    bytes_.append(external);
    ends_.push_back(bytes_.size());
    hashes_.push_back(static_cast<std::uint32_t>(hash >> 32));
  }
  return found;
}

void Vocabulary::grow() {
  slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), kUnknown);
  const std::size_t mask = slots_.size() - 1;
  for (std::int32_t id = 0; id < size(); ++id) {
    std::size_t at = hash_of(name(id)) & mask;
    while (slots_[at] != kUnknown) at = (at + 1) & mask;
    slots_[at] = id;
  }
}

}  // namespace cofi
