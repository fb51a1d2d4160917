#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cofi/ranking.hpp"

#include "eval/evaluate.hpp"
#include "eval/strata.hpp"
#include "table_model.hpp"

namespace {

using cofi::eval::make_strata;
using Ids = std::vector<std::int32_t>;

Ids those_in(const std::vector<bool>& members) {
  Ids ids;
  for (std::size_t n = 0; n < members.size(); ++n) {
    if (members[n]) ids.push_back(static_cast<std::int32_t>(n));
  }
  return ids;
}

cofi::Interactions rows_with(const Ids& users, const Ids& items, const std::vector<float>& values) {
  cofi::Interactions rows;
  rows.users = users;
  rows.items = items;
  rows.values = values;
  return rows;
}

// The mean of the predictions.
class MeanOfRows final : public cofi::Metric {
 public:
  bool higher_is_better() const override { return true; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    cofi::MetricValue mean;
    double sum = 0;
    for (const float each : context.predictions) sum += each;
    mean.value = sum / static_cast<double>(context.interactions.size());
    return mean;
  }
};

// Hits among the first two, of each user with something relevant; the place of the first relevant
// item among all candidates.
class HitsOfTwo final : public cofi::RankingMetric {
 public:
  explicit HitsOfTwo(bool places) : places_(places) {}
  cofi::RankingNeeds ranking() const override { return {2, true}; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    return cofi::mean_over_users(
        *context.ranking, 2, cofi::Over::kUsersWithRelevant, [&](const cofi::RankedUser& user) {
          return static_cast<double>(places_ ? user.ranks[0].rank : user.hits());
        });
  }

 private:
  bool places_;
};

}  // namespace

TEST_CASE("Strata of users and items") {
  SECTION("user_activity: thirds of the users, equal counts together") {
    // Six trained users: 1 1 2 3 5 9. The second has 1, the fourth 3.
    const std::vector<std::int64_t> counts = {0, 9, 1, 3, 1, 2, 5};
    const auto strata = make_strata("user_activity", counts, {});
    REQUIRE(strata.size() == 3);
    CHECK((strata[0].strata == "user_activity" && strata[0].name == "low"));
    CHECK(those_in(strata[0].users) == Ids{0, 2, 4});  // user 0 is new
    CHECK((strata[1].name == "mid" && those_in(strata[1].users) == Ids{3, 5}));
    CHECK((strata[2].name == "high" && those_in(strata[2].users) == Ids{1, 6}));
    CHECK(strata[0].items.empty());
    // Seven: the places are ceil(7 / 3) = 3 and ceil(14 / 3) = 5.
    const std::vector<std::int64_t> seven = {1, 2, 3, 4, 5, 6, 7};
    CHECK(those_in(make_strata("user_activity", seven, {})[0].users) == Ids{0, 1, 2});
    CHECK(those_in(make_strata("user_activity", seven, {})[1].users) == Ids{3, 4});
    const std::vector<std::int64_t> equal = {4, 4, 4};
    CHECK(those_in(make_strata("user_activity", equal, {})[0].users) == Ids{0, 1, 2});
    CHECK(those_in(make_strata("user_activity", equal, {})[2].users).empty());
  }
  SECTION("item_popularity: thirds of the interactions, equal counts together") {
    // 12 interactions: above item 1 are 6 of them, above the ones 9, that is two thirds or more.
    const std::vector<std::int64_t> counts = {1, 6, 3, 1, 0, 1};
    const auto strata = make_strata("item_popularity", {}, counts);
    REQUIRE(strata.size() == 3);
    CHECK((strata[0].name == "head" && those_in(strata[0].items) == Ids{1}));
    CHECK((strata[1].name == "mid" && those_in(strata[1].items) == Ids{2}));
    CHECK((strata[2].name == "tail" && those_in(strata[2].items) == Ids{0, 3, 4, 5}));
    // 5 of 15 above the second, not less than a third; 10 of 15 above the third.
    const std::vector<std::int64_t> third = {5, 5, 4, 1};
    CHECK(those_in(make_strata("item_popularity", {}, third)[0].items) == Ids{0, 1});
    CHECK(those_in(make_strata("item_popularity", {}, third)[2].items) == Ids{2, 3});
  }
  SECTION("cold: new users, new items, neither") {
    const std::vector<std::int64_t> users = {2, 0}, items = {0, 1, 1};
    const auto strata = make_strata("cold", users, items);
    const auto part = rows_with({0, 0, 1, 1}, {0, 1, 0, 1}, {1, 1, 1, 1});
    CHECK((strata[0].name == "new_users" && strata[1].name == "new_items"));
    CHECK(strata[2].name == "neither");
    const auto size = [&](std::size_t n) { return cofi::eval::size_of(strata[n], part); };
    CHECK((size(0).rows == 2 && size(0).users == 1));  // both rows of user 1
    CHECK((size(1).rows == 2 && size(1).users == 2));  // item 0 of both
    CHECK((size(2).rows == 1 && size(2).users == 1));  // user 0 with item 1
  }
}

TEST_CASE("Metrics of strata") {
  const cofi::ThreadPool pool(2);
  // Predictions: user row times item row. Item order of users 0 and 1: 3 2 1 0.
  cofi::test::TableModel model({1, 10}, {1, 2, 3, 4});
  const std::vector<std::int64_t> users = {1, 5}, items = {9, 1, 9, 1};
  cofi::eval::Trained trained{{1, 5}, 3, users, items};
  const std::vector<cofi::eval::NamedMetric> metrics = {
      {"mean", std::make_shared<MeanOfRows>()},
      {"hits", std::make_shared<HitsOfTwo>(false)},
      {"place", std::make_shared<HitsOfTwo>(true)}};
  // User 0 has items 3 and 0, user 1 items 2, 1 and 3.
  const auto part = rows_with({0, 1, 0, 1, 1}, {3, 2, 0, 1, 3}, {5, 5, 5, 5, 5});
  const std::vector<cofi::eval::Stratum> strata = {
      {},
      {"x", "user 1", {false, true}, {}},
      {"x", "items 0 and 2", {}, {true, false, true, false}},
      {"x", "user 0 with item 0", {true, false}, {true, false, true, false}},
      {"x", "none", {false, false}, {}}};
  const auto scores = cofi::eval::evaluate(model, metrics, part, strata, trained,
                                           cofi::eval::ColdStart::kModel, pool);
  REQUIRE(scores.size() == 5);
  const auto value = [&](std::size_t stratum, std::size_t metric) {
    return scores[stratum][metric].value.value;
  };
  CHECK(value(0, 0) == (4 + 30 + 1 + 20 + 40) / 5.0);
  CHECK(value(0, 1) == (1 + 2) / 2.0);  // lists 3 2: user 0 hits with 3, user 1 with both
  CHECK(value(0, 2) == (1 + 1) / 2.0);
  SECTION("of users: their rows and their lists") {
    CHECK(value(1, 0) == (30 + 20 + 40) / 3.0);
    CHECK(value(1, 1) == 2);
    CHECK(scores[1][1].value.users == Ids{1});
  }
  SECTION("of items: their rows; in the lists, which stay, they alone are relevant") {
    CHECK(value(2, 0) == (30 + 1) / 2.0);
    CHECK(value(2, 1) == (0 + 1) / 2.0);
    CHECK(value(2, 2) == (4 + 2) / 2.0);  // item 0 stands behind all others, item 2 behind item 3
  }
  SECTION("of both") {
    CHECK(value(3, 0) == 1);
    CHECK(value(3, 1) == 0);
    CHECK(value(3, 2) == 4);
  }
  SECTION("an empty one has no values, and says why") {
    CHECK(std::isnan(value(4, 0)));
    CHECK(scores[4][1].note == "hits: there is nothing to evaluate on");
  }
}
