// Finds the rows of a user and an item.
#pragma once

#include <cstdint>

#include "cofi/data.hpp"
#include "cofi/parallel.hpp"

namespace predefined {

// Memory is linear in the rows; data must outlive it.
class PairIndex {
 public:
  PairIndex(const cofi::Data& data, const cofi::ThreadPool& pool);

  // The table's rows of the pair, in its order; none where an id is -1 or they never come together.
  cofi::View<std::int32_t> rows(std::int32_t user, std::int32_t item) const;

 private:
  cofi::View<std::int32_t> items_;
  cofi::Grouping by_user_;  // each group's rows sorted by item
};

}  // namespace predefined
