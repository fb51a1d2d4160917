// Draws distinct items by weight.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cofi/random.hpp"

namespace synthetic {

class ItemSampler {
 public:
  explicit ItemSampler(const std::vector<double>& weights);

  // Memory of a thread, reused from draw to draw.
  struct Scratch {
    std::vector<std::int32_t> seen;                      // a hash table of the items drawn
    std::vector<std::pair<double, std::int32_t>> keyed;  // items not yet drawn
  };

  // Writes n distinct items in the order drawn, each drawn by weight from those left.
  void draw(std::int64_t n, cofi::Random& random, Scratch& scratch, std::int32_t* out) const;

 private:
  std::int32_t draw_one(cofi::Random& random) const;

  std::vector<double> weights_;
  std::vector<double> keep_;  // the alias method (Walker 1977; Vose 1991)
  std::vector<std::int32_t> other_;
};

}  // namespace synthetic
