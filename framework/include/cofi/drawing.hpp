// How random splitters draw rows: their common parameters `generator` and `seed`.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/params.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/split.hpp"

namespace cofi {

constexpr cofi_param kGeneratorParam =
    choice("generator", "cofi", "cofi|numpy",
           "Whose numbers are drawn: cofi's own, or those of numpy.random.RandomState(seed).");
constexpr cofi_param kSeedParam =
    integer("seed", "null", 0, 9007199254740992, "Seed of the drawing (null: that of the spec).");

// Of the parameter `seed`, or the spec's.
COFI_API Random random_of(const Params& params, const LoadContext& context);

// A group's positions in rows, by the times of their interactions; of equal times the later row
// counts as later.
COFI_API std::vector<std::int32_t> by_time(View<std::int32_t> group, View<std::int32_t> rows,
                                           const Interactions& table);
// The group in the order drawn.
COFI_API std::vector<std::int32_t> in_random_order(View<std::int32_t> group, Random random);

// Draws permutations one after another, the same ones for the same parameters and spec.
class COFI_API Drawing {
 public:
  Drawing(const Params& params, const LoadContext& context);
  ~Drawing();
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  bool as_numpy() const { return numpy_ != nullptr; }
  std::vector<std::int32_t> permutation(std::size_t n);

 private:
  Random random_;
  std::unique_ptr<NumpyRandom> numpy_;
};

// A split of the rows whose test part is `size` drawn ones, in the order drawn; train is the rest
// in the order given. An Error where one of the two would be empty (`what` leads it).
COFI_API Split draw_test(View<std::int32_t> rows, std::int64_t size, Drawing& drawing,
                         const std::string& what);

}  // namespace cofi
