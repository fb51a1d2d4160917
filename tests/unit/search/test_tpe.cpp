#include <catch2/catch.hpp>

#include <cmath>

#include "search/tpe.hpp"

using cofi::Random;
using cofi::search::suggest;
using cofi::search::Trial;

namespace {

// The best of `trials` settings of two ranges, of which (0.3, 0.8) is the best: the first ten at
// random, the others as suggested or at random.
double best_loss(bool suggests, std::uint64_t seed, int trials) {
  std::vector<Trial> past;
  double best = 1e9;
  for (int n = 0; n < trials; ++n) {
    Random random = Random(seed).stream(static_cast<std::uint64_t>(n));
    std::vector<double> numbers = {random.uniform(), random.uniform()};
    if (suggests && n >= 10) numbers = suggest({0, 0}, past, random);
    const double x = numbers[0] - 0.3, y = numbers[1] - 0.8;
    past.push_back({numbers, x * x + y * y});
    best = std::min(best, *past.back().loss);
  }
  return best;
}

}  // namespace

TEST_CASE("Tree-structured Parzen estimators") {
  SECTION("come nearer to the best setting than random search does, over twenty searches") {
    double suggested = 0, random = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      suggested += best_loss(true, seed, 40) / 20;
      random += best_loss(false, seed, 40) / 20;
    }
    CAPTURE(suggested, random);
    CHECK(suggested < 0.5 * random);
  }
  SECTION("choose the value that did well, and still look at others") {
    // Value 2 of 3 is good; eight trials of each of the others failed or did badly.
    std::vector<Trial> past;
    for (int n = 0; n < 8; ++n) {
      past.push_back({{0.5 / 3}, std::nullopt});
      past.push_back({{1.5 / 3}, 1.0});
      past.push_back({{2.5 / 3}, 0.1});
    }
    int good = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const double number = suggest({3}, past, Random(seed))[0];
      good += number > 2.0 / 3 ? 1 : 0;
      CHECK((number >= 0 && number < 1));
    }
    CHECK(good == 50);
  }
  SECTION("stay in [0, 1) and depend on the stream alone") {
    std::vector<Trial> past;
    for (int n = 0; n < 12; ++n) past.push_back({{n / 12.0, 1 - n / 12.0 - 1e-9}, std::cos(n)});
    const auto a = suggest({0, 0}, past, Random(3)), b = suggest({0, 0}, past, Random(3));
    CHECK(a == b);
    CHECK(a != suggest({0, 0}, past, Random(4)));
    for (const double number : a) CHECK((number >= 0 && number < 1));
  }
  SECTION("work from a single trial, and from none") {
    CHECK(suggest({0}, {{{0.5}, 1.0}}, Random(1)).size() == 1);
    CHECK(suggest({0, 2}, {}, Random(1)).size() == 2);
  }
}
