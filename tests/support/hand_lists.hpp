// Hand-made lists for the tests of metrics of lists, and what a metric says of them.
#pragma once

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cofi/ranking.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_eval.hpp"

#include "eval/ranking_builder.hpp"

namespace cofi::test {

struct HandLists {
  // Each candidate of each user: user, item, value, score. Relevant are values of 4 and more.
  std::vector<testing::EvaluatedRow> rows;
  std::vector<std::int64_t> user_counts, item_counts;  // training interactions
  std::vector<std::vector<std::string>> tags = {};     // [items], or empty
  Interactions train = {};

  MetricValue of(const std::string& metric, const std::string& parameters) const {
    const auto made = testing::make<Metric>("metric/" + metric, "{" + parameters + "}");
    Interactions part;
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    std::vector<std::map<std::int32_t, float>> scores(user_counts.size());
    for (const testing::EvaluatedRow& row : rows) {
      users.push_back(row.user);
      items.push_back(row.item);
      values.push_back(row.value);
      scores[static_cast<std::size_t>(row.user)][row.item] = row.prediction;
    }
    part.users = std::move(users);
    part.items = std::move(items);
    part.values = std::move(values);
    eval::RankingBuilder builder(part, static_cast<std::int32_t>(user_counts.size()),
                                 static_cast<std::int32_t>(item_counts.size()), made->ranking(),
                                 4.0);
    std::vector<eval::OwnItem> own;
    eval::RankScratch scratch;
    for (std::size_t n = 0; n < builder.size(); ++n) {
      std::vector<std::int32_t> candidates;
      std::vector<float> scored;
      for (const auto& [item, score] : scores[static_cast<std::size_t>(builder.user(n))]) {
        candidates.push_back(item);
        scored.push_back(score);
      }
      builder.own_items(n, own);
      builder.add(n, {candidates, scored}, own, scratch);
    }
    const Ranking ranking = builder.take();
    EvalContext context{part, {}, {1, 5}, 3, user_counts, item_counts, 0};
    context.ranking = &ranking;
    context.tags = tags;
    context.train = &train;
    return made->compute(context);
  }
};

// Five users; lists are items, * are relevant:
//   0: 0  1* 2  3* 4   items 1 (value 5) and 2 have the same score: the lower id stands first;
//                      item 3 has value 4
//   1: 1* 0*           values 5 and 4: fewer candidates than most cutoffs
//   2: 2               nothing relevant: metrics of relevance leave the user out
//   3: 3*              one item, value 4
//   4: 1  0*           item 0 stands twice in the data, with values 2 and 5: counts once, as 5
// Training interactions of the items: 8 4 2 1 0; 8 users have some.
inline HandLists hand_lists() {
  return {{{0, 0, 3, 5},
           {0, 2, 2, 4},
           {0, 1, 5, 4},
           {0, 3, 4, 2},
           {0, 4, 1, 1},
           {1, 0, 4, 1},
           {1, 1, 5, 2},
           {2, 2, 1, 3},
           {3, 3, 4, 3},
           {4, 0, 2, 1},
           {4, 1, 1, 2},
           {4, 0, 5, 1}},
          {1, 1, 1, 1, 1, 1, 1, 1},
          {8, 4, 2, 1, 0}};
}

// The value of each user that the metric counts; the metric is their mean.
using UserValues = std::vector<std::pair<std::int32_t, double>>;

inline void expect(const HandLists& lists, const std::string& metric, const std::string& parameters,
                   const UserValues& expected) {
  INFO(metric << " {" << parameters << "}");
  const MetricValue found = lists.of(metric, parameters);
  REQUIRE(found.users.size() == expected.size());
  double sum = 0;
  for (std::size_t n = 0; n < expected.size(); ++n) {
    INFO("user " << expected[n].first);
    CHECK(found.users[n] == expected[n].first);
    CHECK(found.per_user[n] == Approx(expected[n].second).epsilon(1e-14));
    sum += expected[n].second;
  }
  CHECK(found.value == Approx(sum / static_cast<double>(expected.size())).epsilon(1e-14));
}

inline void expect(const std::string& metric, const std::string& parameters,
                   const UserValues& expected) {
  expect(hand_lists(), metric, parameters, expected);
}

// What holds for every metric of lists with a cutoff.
inline void check_cutoff(const std::string& metric) {
  CHECK_THROWS_WITH(testing::make<Metric>("metric/" + metric, "{at: 0}"),
                    Catch::Contains("metric/" + metric) && Catch::Contains("at") &&
                        Catch::Contains("0 is out of range; allowed: an integer from 1 to 1000"));
  CHECK(std::isnan(testing::ToyEval({}).of(*testing::make<Metric>("metric/" + metric)).value));
}

}  // namespace cofi::test
