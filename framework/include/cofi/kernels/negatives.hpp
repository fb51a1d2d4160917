// Items that a user has no interaction with, as models of implicit data draw them to learn from.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/random.hpp"

namespace cofi {

struct Interactions;
class ThreadPool;

namespace kernels {

// Of a user's items without an interaction, each is drawn with a probability proportional to its
// weight: 1, or by popularity the number of its interactions. Memory: 8 bytes an interaction.
class COFI_API Negatives {
 public:
  enum class Weight { kUniform, kPopularity };

  Negatives() = default;
  Negatives(const Interactions& train, std::int32_t users, std::int32_t items, Weight weight,
            const ThreadPool& pool);

  // Whether the user leaves any item of a weight above 0.
  bool any(std::int32_t user) const { return room_[static_cast<std::size_t>(user)] > 0; }
  // One of them, without rejection: in time logarithmic in the user's interactions (and, by
  // popularity, in the items), however many it has. any(user) must hold.
  std::int32_t draw(std::int32_t user, Random& random) const;

 private:
  // All items in a row, each as long as its weight. Of the k-th of a user's items (ascending, each
  // once), front_[k] is what of others' items lies before it, own_[k] what of the user's lies up to
  // its end.
  bool uniform_ = true;
  std::vector<std::int32_t> ends_;    // [items] where each item ends
  std::vector<std::int64_t> starts_;  // [users + 1]
  std::vector<std::int32_t> front_, own_;
  std::vector<std::int32_t> room_;  // [users] the length of the items that are not the user's
};

}  // namespace kernels
}  // namespace cofi
