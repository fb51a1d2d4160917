// What a searched key may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "spec/tree.hpp"

namespace cofi::spec {

// A list of values, or a range of numbers: whole ones (int), uniform ones (real), or ones whose
// logarithm is uniform (log).
class Domain {
 public:
  // From [value, ...], {choice: [value, ...]}, {int: [low, high]}, {real: ...} or {log: ...}; an
  // Error where a leaf is none of them.
  explicit Domain(const Node& leaf);

  // How many values to choose from; 0: a range.
  std::size_t choices() const { return values_.size(); }
  // The value at a number of [0, 1): uniform numbers give the domain's own distribution. Reals have
  // four significant digits (in a narrow range as many as it needs), so that a table shows them
  // whole.
  Node at(double number) const;

 private:
  enum class Kind { kChoice, kInt, kReal, kLog };
  Kind kind_ = Kind::kChoice;
  double low_ = 0, high_ = 0;
  std::vector<Node> values_;
  Position place_;
};

// The number of [0, 1) that random search draws for a key in a trial.
COFI_API double search_number(std::uint64_t seed, std::uint64_t trial, const std::string& key);

// The list that a leaf of a grid or zip stands for; an Error where it stands for none.
const Node& list_of_values(const Node& leaf);

}  // namespace cofi::spec
