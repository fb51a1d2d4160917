#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "eval/rank.hpp"
#include "support/run_ranks.hpp"
#include "table_model.hpp"

namespace {

using cofi::eval::RankingOptions;

cofi::Interactions table(const std::vector<std::int32_t>& users,
                         const std::vector<std::int32_t>& items, const std::vector<float>& values) {
  cofi::Interactions rows;
  rows.users = users;
  rows.items = items;
  rows.values = values;
  return rows;
}

std::vector<std::int32_t> list(const cofi::Ranking& ranking, std::size_t n, std::int64_t at = 10) {
  return ranking.user(n, at).list.vec();
}

}  // namespace

TEST_CASE("Ranking the items of users") {
  const cofi::ThreadPool pool(2);
  // Scores of user 0: 3 1 2 2 0; user 1 the other way round.
  cofi::test::TableModel model({1, -1, 1}, {3, 1, 2, 2, 0});
  const cofi::Interactions train = table({0, 1}, {0, 4}, {5, 5});
  const cofi::Interactions test = table({1, 0, 0, 0}, {0, 3, 1, 3}, {5, 2, 4, 4});
  const std::vector<std::int64_t> counts = {1, 0, 0, 0, 1};
  const cofi::eval::RankingData data{3, counts, {&train}, cofi::Random(1)};
  RankingOptions options;
  const cofi::RankingNeeds needs{10, true};

  SECTION("train left out, ties by the lower id, an item that comes twice once") {
    const auto ranking = cofi::eval::rank(model, test, data, options, needs, pool);
    CHECK(ranking.users == std::vector<std::int32_t>{0, 1});
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{2, 3, 1, 4});
    CHECK(list(ranking, 0, 2) == std::vector<std::int32_t>{2, 3});
    CHECK(list(ranking, 1) == std::vector<std::int32_t>{1, 2, 3, 0});
    const cofi::RankedUser user = ranking.user(0, 10);
    CHECK(user.candidates == 4);
    CHECK(user.relevant.vec() == std::vector<float>{4, 4});
    CHECK((user.hit(1) && user.hit(2) && !user.hit(0) && user.hits() == 2));
    // Item 3 has item 2 as its equal, which stands first; item 1 has item 2 above it.
    CHECK((user.ranks[0].rank == 2 && user.ranks[0].above == 0 && user.ranks[0].tied == 1));
    CHECK((user.ranks[1].rank == 3 && user.ranks[1].above == 1 && user.ranks[1].tied == 0));
  }
  SECTION("train kept, and the least value that counts") {
    options.exclude_train = false;
    options.relevance = 5;
    const auto ranking = cofi::eval::rank(model, test, data, options, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{0, 2, 3, 1, 4});
    CHECK(ranking.relevants == std::vector<std::int64_t>{0, 1});
  }
  SECTION("the items of the evaluated part") {
    options.candidates = RankingOptions::Candidates::kTest;
    const auto ranking = cofi::eval::rank(model, test, data, options, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{3, 1});
    CHECK(list(ranking, 1) == std::vector<std::int32_t>{1, 3, 0});
  }
  SECTION("sampled: the user's own and others, never those in training") {
    options.candidates = RankingOptions::Candidates::kSampled;
    options.sampled = 1;
    const auto ranking = cofi::eval::rank(model, test, data, options, needs, pool);
    CHECK(ranking.counts == std::vector<std::int64_t>{3, 2});
    const auto first = list(ranking, 0);
    CHECK(std::set<std::int32_t>(first.begin(), first.end()).count(0) == 0);
    CHECK(ranking.relevants[0] == 2);
    options.sampled = 100;  // as many as there are
    CHECK(list(cofi::eval::rank(model, test, data, options, needs, pool), 0) ==
          std::vector<std::int32_t>{2, 3, 1, 4});
    options.by_popularity = true;  // items without training interactions are never drawn
    CHECK(list(cofi::eval::rank(model, test, data, options, needs, pool), 0) ==
          std::vector<std::int32_t>{3, 1, 4});
  }
  SECTION("a score that is not finite is an error that says what to do") {
    model.item_rows.data_ptr<float>()[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(cofi::eval::rank(model, test, data, options, needs, pool),
                      Catch::Contains("user 0 (dense id)") && Catch::Contains("diverged"));
  }
}

TEST_CASE("Of items with equal scores the one that the data names first stands first") {
  // Ids are given in order of first appearance, so the lower id is the one named first.
  const cofi::ThreadPool pool(2);
  constexpr std::int32_t kItems = 100;  // more than a list's heap looks at together
  const std::vector<std::int64_t> counts(kItems, 1);
  const cofi::Interactions test = table({0, 0}, {60, 40}, {5, 5});
  const cofi::eval::RankingData data{1, counts, {}, cofi::Random(1)};
  const cofi::RankingNeeds needs{3, true};
  std::vector<float> scores(kItems, 1);
  SECTION("where all are equal, the first ones are listed") {
    const cofi::test::TableModel model({1}, scores);
    const auto ranking = cofi::eval::rank(model, test, data, {}, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{0, 1, 2});
    // Places 41 and 61 of the hundred; nothing is above them, the other 98 are their equals.
    const cofi::RankedUser user = ranking.user(0, 3);
    CHECK((user.ranks[0].rank == 41 && user.ranks[0].above == 0 && user.ranks[0].tied == 98));
    CHECK((user.ranks[1].rank == 61 && user.ranks[1].above == 0 && user.ranks[1].tied == 98));
  }
  SECTION("a higher score stands before lower ids, and a tie that the cutoff parts is cut by id") {
    scores[99] = 2;
    const cofi::test::TableModel model({1}, scores);
    const auto ranking = cofi::eval::rank(model, test, data, {}, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{99, 0, 1});
  }
  SECTION("among sampled candidates, too") {
    RankingOptions options;
    options.candidates = RankingOptions::Candidates::kSampled;
    options.sampled = 98;
    const cofi::test::TableModel model({1}, scores);
    const auto ranking = cofi::eval::rank(model, test, data, options, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{0, 1, 2});
  }
  SECTION("0 and -0 are equal") {
    for (std::size_t item = 0; item < scores.size(); ++item)
      scores[item] = item % 2 == 0 ? -0.0F : 0;
    const cofi::test::TableModel model({1}, scores);
    const auto ranking = cofi::eval::rank(model, test, data, {}, needs, pool);
    CHECK(list(ranking, 0) == std::vector<std::int32_t>{0, 1, 2});
  }
}

TEST_CASE("Rankings of many users do not depend on threads, and agree with sorting") {
  cofi::Random random(7);
  constexpr std::int32_t kUsers = 100, kItems = 700;
  std::vector<float> users, items, values;
  std::vector<std::int32_t> row_users, row_items;
  for (std::int32_t n = 0; n < kItems; ++n) items.push_back(static_cast<float>(random.below(50)));
  for (std::int32_t n = 0; n < kUsers; ++n) {
    users.push_back(static_cast<float>(random.normal()));
    for (int k = 0; k < 5; ++k) {
      row_users.push_back(n);
      row_items.push_back(static_cast<std::int32_t>(random.below(kItems)));
      values.push_back(1);
    }
  }
  const cofi::test::TableModel model(users, items);
  const cofi::Interactions test = table(row_users, row_items, values);
  const std::vector<std::int64_t> counts(kItems, 1);
  const cofi::eval::RankingData data{kUsers, counts, {}, cofi::Random(1)};
  const cofi::ThreadPool one(1), three(3);
  const auto ranking = cofi::eval::rank(model, test, data, {}, {20, true}, three);
  CHECK(ranking.lists == cofi::eval::rank(model, test, data, {}, {20, true}, one).lists);
  const auto shared = cofi::test::on_ranks<cofi::Ranking>(3, [&](cofi::Communicator& world) {
    cofi::eval::RankingData own = data;
    own.communicator = &world;
    return cofi::eval::rank(model, test, own, {}, {20, true}, one);
  });
  for (const cofi::Ranking& each : shared) {
    CHECK(each.lists == ranking.lists);
    CHECK(each.counts == ranking.counts);
    CHECK(each.relevants == ranking.relevants);
    CHECK(each.relevant == ranking.relevant);
    REQUIRE(each.ranks.size() == ranking.ranks.size());
    for (std::size_t n = 0; n < each.ranks.size(); ++n) {
      CHECK(each.ranks[n].rank == ranking.ranks[n].rank);
      CHECK(each.ranks[n].above == ranking.ranks[n].above);
      CHECK(each.ranks[n].tied == ranking.ranks[n].tied);
    }
  }
  for (std::size_t n = 0; n < ranking.size(); ++n) {
    std::vector<std::int32_t> order;
    for (std::int32_t item = 0; item < kItems; ++item) order.push_back(item);
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
      return users[n] * items[static_cast<std::size_t>(a)] >
             users[n] * items[static_cast<std::size_t>(b)];
    });
    CHECK(list(ranking, n, 20) == std::vector<std::int32_t>(order.begin(), order.begin() + 20));
    const cofi::RankedUser user = ranking.user(n, 20);
    for (std::size_t r = 0; r < user.ranks.size(); ++r) {
      const auto place = static_cast<std::size_t>(user.ranks[r].rank - 1);
      CHECK(std::count(row_items.begin() + 5 * static_cast<std::ptrdiff_t>(n),
                       row_items.begin() + 5 * static_cast<std::ptrdiff_t>(n + 1),
                       order[place]) > 0);
    }
  }
}
