// Small tables whose right answers are known without computing them.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/error.hpp"

namespace cofi::testing {

struct Toy {
  Data data;
  std::vector<std::int32_t> train;  // the rows to learn from
  std::vector<std::int32_t> test;   // held-out rows, whose values a good model predicts
};

// What additive_toy holds for a user and an item: biases in steps of 1/4 within [-1, 1] around 3.
// Every value is exact in a float32.
COFI_API float additive_value(std::int32_t user, std::int32_t item);
// What block_toy holds: 5 where user and item are both even or both odd, else 1.
COFI_API float block_value(std::int32_t user, std::int32_t item);

// 60 users times 50 items with additive_value and no noise: 4 of 5 cells train, the rest test.
// User 60 and item 50 are in the vocabularies and have no interaction.
COFI_API Toy additive_toy();
// 40 users times 30 items with block_value, a checkerboard, which no sum of biases can learn and
// one factor can: 4 of 5 cells train, the rest test. User 40 and item 30 have no interaction.
COFI_API Toy block_toy();
// The cells of additive_toy of at least 3.5, all with the value 1: implicit data whose items'
// popularity tells what is liked.
COFI_API Toy implicit_toy();
// Six ratings of 3 users and 3 items, mean 3, all train:
//       x  y  z
//   a   5  3
//   b   4     1
//   c      2  3
COFI_API Toy hand_toy();

}  // namespace cofi::testing
