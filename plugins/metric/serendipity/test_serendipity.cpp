#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"

#include "support/hand_lists.hpp"

using cofi::test::expect;
using cofi::test::HandLists;
using namespace cofi::testing;

TEST_CASE("metric/serendipity") {
  for (const char* parameters : {"{}", "{normalizer: unexpected}", "{primitive: 1}"}) {
    check(check_metric(maker<cofi::Metric>("metric/serendipity", parameters)));
  }
  cofi::test::check_cutoff("serendipity");
  // Lists 0 1* 2 3* 4 | 1* 0* | 2 | 3* | 1 0*; by popularity the items come as 0 1 2 3 4.
  SECTION("hits beyond the most popular, of the listed items") {
    // Expected: 0. User 0 has 1* and 2 beyond, user 1 the item 1*, user 3 the item 3*, user 4 item
    // 1, which is no hit. User 2 has nothing relevant.
    expect("serendipity", "at: 3, primitive: 1",
           {{0, 1.0 / 3}, {1, 1.0 / 2}, {3, 1.0 / 1}, {4, 0.0 / 2}});
    // Expected: 0, 1 and 2, as many as the lists are long.
    expect("serendipity", "at: 3", {{0, 0.0 / 3}, {1, 0}, {3, 1}, {4, 0}});
    expect("serendipity", "at: 5, primitive: 3", {{0, 1.0 / 5}, {1, 0}, {3, 1}, {4, 0}});
  }
  SECTION("of the unexpected ones: users without any are left out") {
    expect("serendipity", "at: 3, primitive: 1, normalizer: unexpected",
           {{0, 1.0 / 2}, {1, 1.0 / 1}, {3, 1.0 / 1}, {4, 0.0 / 1}});
    expect("serendipity", "at: 3, normalizer: unexpected", {{3, 1.0 / 1}});
  }
  SECTION("what a user has in training, the primitive recommender does not list") {
    HandLists lists = cofi::test::hand_lists();
    lists.train.users = std::vector<std::int32_t>{0, 0, 3, 3};
    lists.train.items = std::vector<std::int32_t>{0, 0, 0, 1};
    lists.train.values = std::vector<float>{1, 1, 1, 1};
    // User 0 is recommended item 1, user 3 item 2, the others item 0.
    expect(lists, "serendipity", "at: 3, primitive: 1",
           {{0, 0.0 / 3}, {1, 1.0 / 2}, {3, 1.0 / 1}, {4, 0.0 / 2}});
    expect(lists, "serendipity", "at: 5, primitive: 2", {{0, 1.0 / 5}, {1, 0}, {3, 0}, {4, 0}});
  }
  SECTION("of equally popular items the lower id is expected") {
    HandLists lists = cofi::test::hand_lists();
    lists.item_counts = {0, 1, 1, 1, 1};
    // Item 1 is, and item 0, which nobody has, is not.
    expect(lists, "serendipity", "at: 3, primitive: 1",
           {{0, 0.0 / 3}, {1, 1.0 / 2}, {3, 1.0 / 1}, {4, 1.0 / 2}});
  }
}
