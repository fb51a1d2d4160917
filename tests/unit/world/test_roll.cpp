#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "world/roll.hpp"

using namespace cofi::world;
using Catch::Contains;

namespace {

// What each of several calls at once throws; "" where it does not.
std::vector<std::string> at_once(const std::vector<std::function<void()>>& calls) {
  std::vector<std::string> said(calls.size());
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < calls.size(); ++n) {
    threads.emplace_back([&, n] {
      try {
        calls[n]();
      } catch (const cofi::Error& error) {
        said[n] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return said;
}

Roll::Options options(int world, double timeout, int restarts = 0, bool elastic = false) {
  return {world, timeout, restarts, elastic};
}

}  // namespace

TEST_CASE("who belongs to a world") {
  SECTION("all ranks wait for the last") {
    Roll roll(options(3, 20));
    const auto said = at_once({[&] { roll.join(0, 3, 1, "a"); }, [&] { roll.join(2, 3, 1, "c"); },
                               [&] { roll.join(1, 3, 1, "b"); }});
    CHECK(said == std::vector<std::string>(3));
    CHECK_FALSE(roll.verdict(1));
    // Whoever comes later disturbs nobody.
    CHECK_THROWS_WITH(roll.join(1, 3, 1, "d"), Contains("complete"));
    CHECK_FALSE(roll.verdict(1));
  }
  SECTION("missing ranks are named, to all") {
    Roll roll(options(5, 0.3));
    for (const std::string& text :
         at_once({[&] { roll.join(1, 5, 1, "a"); }, [&] { roll.join(0, 5, 1, "b"); }})) {
      CHECK_THAT(text, Contains("ranks 2 to 4 of 5 have not joined within 0.3 s"));
    }
    CHECK_FALSE((roll.verdict(1) && roll.verdict(1)->death));
    // Launchers have started it: it must have died.
    Roll launched(options(2, 0.3));
    launched.gather(0, 2, 2, "a");
    CHECK_THROWS_WITH(launched.join(0, 2, 1, "a"), Contains("rank 1 of 2 have not joined"));
    CHECK(launched.verdict(1)->death);
  }
  SECTION("two ranks alike, and ranks of another world, are named, to all") {
    Roll twins(options(3, 20));
    for (const std::string& text :
         at_once({[&] { twins.join(1, 3, 1, "first"); }, [&] { twins.join(1, 3, 1, "first"); }})) {
      CHECK(text == "two processes are rank 1: first, and first");
    }
    Roll sizes(options(3, 20));
    CHECK_THROWS_WITH(sizes.join(1, 4, 1, "a"),
                      Contains("rank 1 (a)") && Contains("one of 4 ranks, and it has 3"));
    CHECK_THROWS_WITH(sizes.join(0, 3, 1, "b"), Contains("one of 4 ranks"));
  }
  SECTION("nodes bring their ranks; those that overlap or lack are named") {
    Roll roll(options(4, 20));
    Roll::Place place;
    CHECK(at_once({[&] { roll.gather(0, 1, 4, "a"); },
                   [&] { place = roll.gather(1, 3, 4, "b"); }}) == std::vector<std::string>(2));
    CHECK(place.first_rank == 1);
    CHECK(place.world == 4);
    Roll overlap(options(4, 20));
    for (const std::string& text :
         at_once({[&] { overlap.gather(0, 2, 4, "a"); }, [&] { overlap.gather(1, 3, 4, "b"); }})) {
      CHECK_THAT(text, Contains("overlap"));
    }
    Roll leaving(options(2, 20));
    CHECK_THROWS_WITH(leaving.gather(1, 1, 2, "a", [] { return true; }), Contains("is gone"));
    CHECK(at_once({[&] { leaving.gather(0, 1, 2, "b"); }, [&] { leaving.gather(1, 1, 2, "c"); }}) ==
          std::vector<std::string>(2));
    Roll lacking(options(4, 0.3));
    CHECK_THROWS_WITH(lacking.gather(0, 2, 4, "a"), Contains("ranks 2 to 3 of 4 have not come"));
  }
}

TEST_CASE("what becomes of a world") {
  SECTION("a death ends it; what has finished does not die") {
    Roll roll(options(2, 20));
    at_once({[&] { roll.join(0, 2, 1, "a"); }, [&] { roll.join(1, 2, 1, "b"); }});
    CHECK_FALSE(roll.finished(0, 1));
    roll.died(0, 1, "has died");
    CHECK_FALSE(roll.verdict(1));
    roll.died(1, 1, "has died");
    CHECK(roll.verdict(1)->why == "rank 1 (b) has died");
    CHECK_FALSE(roll.again(1));  // no restarts
  }
  SECTION("it begins again as often as it may; the old generation may do nothing") {
    Roll roll(options(2, 20, 1));
    at_once({[&] { roll.gather(0, 1, 2, "a"); }, [&] { roll.gather(1, 1, 2, "b"); }});
    at_once({[&] { roll.join(0, 2, 1, "a"); }, [&] { roll.join(1, 2, 1, "b"); }});
    roll.died(1, 1, "has died");
    CHECK(roll.again(1));
    CHECK(roll.again(1));  // the other node asks, too
    CHECK_FALSE(roll.is_current(1));
    CHECK_THAT(roll.verdict(1)->why, Contains("generation 1 of the world has ended"));
    CHECK(roll.verdict(1)->death);
    CHECK_THROWS_AS(roll.join(0, 2, 1, "a"), cofi::Error);
    CHECK(at_once({[&] { roll.gather(0, 1, 2, "a"); }, [&] { roll.gather(1, 1, 2, "b"); }}) ==
          std::vector<std::string>(2));
    at_once({[&] { roll.join(0, 2, 2, "a"); }, [&] { roll.join(1, 2, 2, "b"); }});
    roll.died(0, 2, "has died");
    CHECK_FALSE(roll.again(2));
  }
  SECTION("nor does a node whose world has finished") {
    Roll roll(options(2, 20, 1));
    CHECK(at_once({[&] { roll.gather(0, 1, 2, "a"); }, [&] { roll.gather(1, 1, 2, "b"); }}) ==
          std::vector<std::string>(2));
    CHECK(at_once({[&] { roll.join(0, 2, 1, "a"); }, [&] { roll.join(1, 2, 1, "b"); }}) ==
          std::vector<std::string>(2));
    CHECK_FALSE(roll.finished(0, 1));
    CHECK(roll.finished(1, 1));
    roll.left(1);
    CHECK_FALSE(roll.verdict(1));
    CHECK_FALSE(roll.again(1));
  }
  SECTION("what a rank says of itself is no death") {
    Roll roll(options(2, 20, 1));
    at_once({[&] { roll.join(0, 2, 1, "a"); }, [&] { roll.join(1, 2, 1, "b"); }});
    roll.abandoned(1, 1, "no such file");
    CHECK(roll.verdict(1)->why == "rank 1: no such file");
    CHECK_FALSE((roll.verdict(1) && roll.verdict(1)->death));
    CHECK_FALSE(roll.again(1));
  }
  SECTION("an elastic world goes on without nodes that are gone") {
    Roll roll(options(3, 0.3, 1, true));
    at_once({[&] { roll.gather(0, 1, 3, "a"); }, [&] { roll.gather(1, 1, 3, "b"); },
             [&] { roll.gather(2, 1, 3, "c"); }});
    at_once({[&] { roll.join(0, 3, 1, "a"); }, [&] { roll.join(1, 3, 1, "b"); },
             [&] { roll.join(2, 3, 1, "c"); }});
    roll.died(1, 1, "has died");
    REQUIRE(roll.again(1));
    Roll::Place first, last;
    at_once(
        {[&] { first = roll.gather(0, 1, 3, "a"); }, [&] { last = roll.gather(2, 1, 3, "c"); }});
    CHECK(first.world == 2);
    CHECK(last.first_rank == 1);
  }
}
