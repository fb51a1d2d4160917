#include <cmath>

#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using cofi::test::HandLists;
using namespace cofi::testing;

namespace {

// Lists of at least two items have users 0 (0 1 2 3 4), 1 (1 0) and 4 (1 0).
HandLists lists() {
  HandLists lists = cofi::test::hand_lists();
  lists.tags = {{"a", "b"}, {"b"}, {"c", "b", "a"}, {}, {"d", "d"}};
  // Items by users: 0: {0: 5, 1: 3}, 1: {1: 4} (the pair that comes twice counts as its last),
  // 2: {0: 2, 2: 1}, 3: none, 4: {0: 0}.
  lists.train.users = std::vector<std::int32_t>{1, 0, 0, 1, 1, 2, 0};
  lists.train.items = std::vector<std::int32_t>{1, 0, 2, 0, 1, 2, 4};
  lists.train.values = std::vector<float>{2, 5, 2, 3, 4, 1, 0};
  return lists;
}

}  // namespace

TEST_CASE("metric/intra_list_distance") {
  for (const char* distance : {"cosine", "cooccurrence", "jaccard", "tag_cosine"}) {
    check(check_metric(maker<cofi::Metric>("metric/intra_list_distance",
                                           "{distance: " + std::string(distance) + "}")));
  }
  SECTION("of tags: {a b}, {b}, {a b c}, none, {d}") {
    // d(0, 1) = 1 - 1/2, d(0, 2) = 1 - 2/3, d(1, 2) = 1 - 1/3; the others have nothing in common.
    expect(lists(), "intra_list_distance", "at: 3, distance: jaccard",
           {{0, (1.0 / 2 + 1.0 / 3 + 2.0 / 3) / 3}, {1, 1.0 / 2}, {4, 1.0 / 2}});
    expect(lists(), "intra_list_distance", "at: 5, distance: jaccard",
           {{0, (1.0 / 2 + 1.0 / 3 + 2.0 / 3 + 7) / 10}, {1, 1.0 / 2}, {4, 1.0 / 2}});
    // 1 - 1/sqrt(2 x 1), 1 - 2/sqrt(2 x 3), 1 - 1/sqrt(1 x 3)
    const double first = 1 - 1 / std::sqrt(2.0), second = 1 - 2 / std::sqrt(6.0),
                 third = 1 - 1 / std::sqrt(3.0);
    expect(lists(), "intra_list_distance", "at: 3, distance: tag_cosine",
           {{0, (first + second + third) / 3}, {1, first}, {4, first}});
  }
  SECTION("of training values: columns (5 3 0), (0 4 0), (2 0 1), none, zeros") {
    // Norms sqrt(34), 4, sqrt(5): 1 - 3 x 4 / (4 sqrt(34)), 1 - 5 x 2 / sqrt(34 x 5), 1.
    const double first = 1 - 12 / (4 * std::sqrt(34.0)), second = 1 - 10 / std::sqrt(170.0);
    expect(lists(), "intra_list_distance", "at: 3",
           {{0, (first + second + 1) / 3}, {1, first}, {4, first}});
    expect(lists(), "intra_list_distance", "at: 5, distance: cosine",
           {{0, (first + second + 1 + 7) / 10}, {1, first}, {4, first}});
  }
  SECTION("of who has them: {0 1}, {1}, {0 2}, none, {0}") {
    // 1 - 1/sqrt(2 x 1), 1 - 1/sqrt(2 x 2), 1
    const double first = 1 - 1 / std::sqrt(2.0);
    expect(lists(), "intra_list_distance", "at: 3, distance: cooccurrence",
           {{0, (first + 1.0 / 2 + 1) / 3}, {1, first}, {4, first}});
    // With item 4, {0}: 1 - 1/sqrt(2) from item 0 and from item 2, 1 from 1 and 3.
    expect(lists(), "intra_list_distance", "at: 5, distance: cooccurrence",
           {{0, (first + 1.0 / 2 + 1 + 4 + first + first + 1) / 10}, {1, first}, {4, first}});
  }
  SECTION("a list of one item has no distance") {
    CHECK_THROWS_WITH(make<cofi::Metric>("metric/intra_list_distance", "{at: 1}"),
                      Catch::Contains("at") && Catch::Contains("from 2 to 1000"));
    CHECK(std::isnan(ToyEval({}).of(*make<cofi::Metric>("metric/intra_list_distance")).value));
  }
  SECTION("tags are asked for where they are needed") {
    const auto needs = [](const char* parameters) {
      return make<cofi::Metric>("metric/intra_list_distance", parameters)->ranking().tags;
    };
    CHECK(needs("{distance: jaccard}"));
    CHECK(needs("{distance: tag_cosine}"));
    CHECK_FALSE(needs("{distance: cosine}"));
    CHECK_FALSE(needs("{distance: cooccurrence}"));
  }
}
