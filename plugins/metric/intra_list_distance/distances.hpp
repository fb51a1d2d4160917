// How unlike two items are: one minus the likeness of their tags or of who has them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cofi/metric.hpp"

namespace intra_list_distance {

class Distance {
 public:
  virtual ~Distance() = default;
  // Symmetric, 0 to 1 where all values are positive.
  virtual double between(std::int32_t a, std::int32_t b) = 0;
};

// "jaccard" and "tag_cosine" of the sets of tags; "cosine" of the training values of each item's
// users, "cooccurrence" of who they are. 1 for an item without tags, or without training
// interactions. The context outlives it.
std::unique_ptr<Distance> distance_named(const std::string& name, const cofi::EvalContext& context);

}  // namespace intra_list_distance
