#include "cofi/testing/toy_data.hpp"

#include <string>

#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::testing {
namespace {

constexpr std::int64_t kFirstTime = 1'000'000'000;
constexpr std::int64_t kHour = 3600;

// Every cell of a users x items grid, in shuffled order (files are rarely sorted), one cell in five
// held out; one more user and one more item have none.
Toy grid(std::int32_t users, std::int32_t items, float (*value)(std::int32_t, std::int32_t)) {
  Toy toy;
  for (std::int32_t user = 0; user <= users; ++user) toy.data.users.add("u" + std::to_string(user));
  for (std::int32_t item = 0; item <= items; ++item) toy.data.items.add("i" + std::to_string(item));
  const std::int32_t cells = users * items;
  std::vector<std::int32_t> row_users;
  std::vector<std::int32_t> row_items;
  std::vector<float> values;
  std::vector<std::int64_t> times;
  for (const std::int32_t cell : Random(1).stream("toy").permutation(cells)) {
    const auto row = static_cast<std::int32_t>(values.size());
    row_users.push_back(cell / items);
    row_items.push_back(cell % items);
    values.push_back(value(row_users.back(), row_items.back()));
    times.push_back(kFirstTime + kHour * row);
    (row % 5 == 4 ? toy.test : toy.train).push_back(row);
  }
  toy.data.expected = values;
  toy.data.interactions = {row_users, row_items, values, times};
  toy.data.scale = {1, 5};
  return toy;
}

}  // namespace

float additive_value(std::int32_t user, std::int32_t item) {
  const auto bias = [](std::int32_t step) { return 0.25F * static_cast<float>(step % 9 - 4); };
  return 3 + bias(7 * user) + bias(5 * item);
}

float block_value(std::int32_t user, std::int32_t item) {
  return (user + item) % 2 == 0 ? 5.0F : 1.0F;
}

Toy additive_toy() { return grid(60, 50, additive_value); }
Toy block_toy() { return grid(40, 30, block_value); }

Toy implicit_toy() {
  const Toy all = additive_toy();
  const Interactions& rows = all.data.interactions;
  Toy toy;
  toy.data.users = all.data.users;
  toy.data.items = all.data.items;
  toy.data.scale = {1, 1};
  std::vector<std::int32_t> liked;
  for (const auto* part : {&all.train, &all.test}) {
    for (const std::int32_t row : *part) {
      if (rows.values[static_cast<std::size_t>(row)] < 3.5F) continue;
      (part == &all.train ? toy.train : toy.test)
          .push_back(static_cast<std::int32_t>(liked.size()));
      liked.push_back(row);
    }
  }
  toy.data.interactions = rows.rows(liked, ThreadPool(1));
  toy.data.interactions.values = std::vector<float>(liked.size(), 1.0F);
  return toy;
}

Toy hand_toy() {
  Toy toy;
  for (const char* name : {"a", "b", "c"}) toy.data.users.add(name);
  for (const char* name : {"x", "y", "z"}) toy.data.items.add(name);
  toy.data.interactions.users = std::vector<std::int32_t>{0, 0, 1, 1, 2, 2};
  toy.data.interactions.items = std::vector<std::int32_t>{0, 1, 0, 2, 1, 2};
  toy.data.interactions.values = std::vector<float>{5, 3, 4, 1, 2, 3};
  toy.data.scale = {1, 5};
  toy.train = {0, 1, 2, 3, 4, 5};
  return toy;
}

}  // namespace cofi::testing
