#include <catch2/catch.hpp>

#include <vector>

#include "cofi/testing/toy_data.hpp"

#include "run/filters.hpp"

using cofi::Data;
using cofi::Random;
using cofi::run::apply_filters;
using cofi::spec::Json;

TEST_CASE("The steps of a spec are applied in order, and say what they removed") {
  const cofi::ThreadPool pool(2);
  Data data = cofi::testing::hand_toy().data;  // a: x 5, y 3; b: x 4, z 1; c: y 2, z 3
  const auto apply = [&](const char* filters) {
    return apply_filters(Json::parse(filters), data, Random(1), pool);
  };

  SECTION("nothing asked, nothing touched") {
    CHECK(apply_filters(nullptr, data, Random(1), pool).empty());
    CHECK(apply("[]").empty());
    CHECK(data.interactions.size() == 6);
  }
  SECTION("dropping low values first leaves b with one row, which the core then drops") {
    const auto reports = apply(R"([{"use": "values", "min": 2.0, "max": null},
                                   {"use": "k_core", "users": 2, "items": 1},
                                   {"use": "implicit", "min": 3.0}])");
    REQUIRE(reports.size() == 3);
    CHECK(reports[0].text(0) ==
          "filters.0 values(min=2.0): removed 1 of 6 interactions, 0 of 3 users, 0 of 3 items");
    CHECK(reports[1].text(1) ==
          "filters.1 k_core(users=2, items=1): removed 1 of 5 interactions, 1 of 3 users, "
          "0 of 3 items");
    CHECK(reports[1].json()["removed"].dump() == R"({"interactions":1,"users":1,"items":0})");
    CHECK(reports[2].json()["left"].dump() == R"({"interactions":3,"users":2,"items":3})");
    CHECK(data.interactions.size() == 3);
    CHECK(data.interactions.values[2] == 1);
    CHECK(data.users.find("b") == -1);
  }
  SECTION("a fraction of the users; two samples draw from streams of their own") {
    apply(R"([{"use": "sample_users", "n": null, "fraction": 0.7}])");
    CHECK(data.users.size() == 2);
    CHECK(data.interactions.size() == 4);
  }
  SECTION("binarise") {
    apply(R"([{"use": "binarise", "min": null}])");
    CHECK(data.interactions.mean() == 1);
  }
  SECTION("a step that leaves nothing, or cannot be done, is named") {
    CHECK_THROWS_WITH(
        apply(R"([{"use": "top_items", "n": 2}, {"use": "values", "min": 5.5, "max": null}])"),
        "filters.1 values(min=5.5): leaves nothing of the 4 interactions, 3 users and 2 items that "
        "reach it; ask for less, or remove the step");
    CHECK_THROWS_WITH(apply(R"([{"use": "sample_users", "n": null, "fraction": 0.1}])"),
                      Catch::StartsWith("filters.0 sample_users(fraction=0.1): leaves nothing"));
    CHECK_THROWS_WITH(apply(R"([{"use": "sample_users", "n": 9, "fraction": null}])"),
                      "filters.0 sample_users(n=9): 9 users asked for, and there are 3");
    CHECK_THROWS_WITH(apply(R"([{"use": "times", "min": 0, "max": null}])"),
                      Catch::StartsWith("filters.0 times(min=0): the data has no times"));
    CHECK(data.interactions.size() == 6);
  }
}
