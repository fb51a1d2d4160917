#include <catch2/catch.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "run/ranks.hpp"
#include "support/run_ranks.hpp"

using cofi::Communicator;
using cofi::World;
using cofi::run::Ranks;
using cofi::spec::Json;
using Texts = std::vector<std::string>;

namespace {

// What the body says on each of three ranks; its Error's message, where it throws one.
Texts said(const std::function<std::string(Ranks&)>& body) {
  Texts all(3);
  cofi::test::run_ranks(3, [&](Communicator& world, const World& place) {
    Ranks ranks(place, world);
    std::string& own = all[static_cast<std::size_t>(place.rank)];
    try {
      own = body(ranks);
    } catch (const cofi::Error& error) {
      own = std::string("Error: ") + error.what();
    }
  });
  return all;
}

std::string number(const Ranks& ranks) { return std::to_string(ranks.place().rank); }

}  // namespace

TEST_CASE("what ranks tell each other") {
  SECTION("any, the leader's, all") {
    CHECK(said([](Ranks& ranks) { return ranks.any(ranks.place().rank == 2) ? "yes" : "no"; }) ==
          Texts(3, "yes"));
    CHECK(said([](Ranks& ranks) { return ranks.any(false) ? "yes" : "no"; }) == Texts(3, "no"));
    CHECK(said([](Ranks& ranks) { return ranks.from_leader("of " + number(ranks)); }) ==
          Texts(3, "of 0"));
    CHECK(said([](Ranks& ranks) { return ranks.from_leader(std::string()) + "."; }) ==
          Texts(3, "."));
    CHECK(said([](Ranks& ranks) {
            const Texts all = ranks.all(std::string(std::size_t{2} * ranks.place().rank, 'x'));
            return all[0] + "|" + all[1] + "|" + all[2];
          }) == Texts(3, "|xx|xxxx"));
  }
  SECTION("what must be the same, and is not, is named") {
    const auto of = [](const Ranks& ranks) {
      return Json{{"a", 1}, {"b", {{"c", ranks.place().rank == 1 ? 2 : 1}}}};
    };
    CHECK(said([&](Ranks& ranks) -> std::string {
            ranks.require_same("spec", of(ranks));
            return "";
          }) == Texts(3,
                      "Error: rank 1 has not the spec of rank 0: b.c is 2, and rank 0 has 1; "
                      "start every rank with the same"));
    CHECK(said([&](Ranks& ranks) -> std::string {
            ranks.require_same("spec", {{"a", 1}});
            return "fine";
          }) == Texts(3, "fine"));
  }
  SECTION("an outcome is the first failure, by its rank where not all have it") {
    CHECK(said([](Ranks& ranks) { return ranks.outcome("") + "well"; }) == Texts(3, "well"));
    CHECK(said([](Ranks& ranks) { return ranks.outcome("no memory"); }) == Texts(3, "no memory"));
    CHECK(said([](Ranks& ranks) {
            return ranks.outcome(ranks.place().rank == 2 ? "no memory" : "");
          }) == Texts(3, "rank 2: no memory"));
  }
  SECTION("one of a machine does the work first") {
    std::vector<int> order;
    std::mutex mutex;
    said([&](Ranks& ranks) {
      ranks.one_a_machine_first([&] {
        const std::lock_guard lock(mutex);
        order.push_back(ranks.place().rank);
      });
      return "";
    });
    REQUIRE(order.size() == 3);
    CHECK(order[0] == 0);
  }
}
