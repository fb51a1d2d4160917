#include <catch2/catch.hpp>

#include <limits>
#include <vector>

#include "eval/predict.hpp"
#include "support/run_ranks.hpp"
#include "table_model.hpp"

TEST_CASE("Predictions of many rows") {
  const cofi::ThreadPool one(1), three(3);
  cofi::Interactions rows;
  std::vector<std::int32_t> users, items;
  for (std::int32_t n = 0; n < 10'000; ++n) {
    users.push_back(n % 3);
    items.push_back(n % 2);
  }
  rows.users = users;
  rows.items = items;
  rows.values = std::vector<float>(users.size(), 0.0F);
  cofi::test::TableModel model({1, 2, 3}, {10, 20});

  SECTION("each row gets its own, on any number of threads") {
    const auto predictions = cofi::eval::predict_all(model, rows, three);
    REQUIRE(predictions.size() == users.size());
    CHECK(predictions[0] == 10);
    CHECK(predictions[1] == 40);
    CHECK(predictions[5] == 60);
    CHECK(predictions[9'998] == 30);  // user 2, item 0
    CHECK(predictions == cofi::eval::predict_all(model, rows, one));
    const auto shared = cofi::test::on_ranks<std::vector<float>>(2, [&](cofi::Communicator& world) {
      return cofi::eval::predict_all(model, rows, one, &world);
    });
    for (const auto& each : shared) CHECK(each == predictions);
  }
  SECTION("no rows, no predictions") { CHECK(cofi::eval::predict_all(model, {}, one).empty()); }
  SECTION("what is not finite is an error that says what to do") {
    model.user_rows.data_ptr<float>()[1] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(cofi::eval::predict_all(model, rows, three),
                      Catch::Contains("user 1 (dense id) and item 1 (dense id)") &&
                          Catch::Contains("diverged") && Catch::Contains("learning rate"));
    cofi::Vocabulary known_users, known_items;
    for (const char* name : {"ann", "bob", "cleo"}) known_users.add(name);
    for (const char* name : {"up", "down"}) known_items.add(name);
    CHECK_THROWS_WITH(
        cofi::eval::predict_all(model, rows, three, nullptr, {&known_users, &known_items}),
        Catch::Contains("user 'bob' and item 'down': training diverged"));
  }
}
