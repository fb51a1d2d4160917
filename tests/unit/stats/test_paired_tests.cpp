// Golden values: scipy 1.10.1, as each comment says.
#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "stats/paired_tests.hpp"

using namespace cofi::stats;

namespace {

using Values = std::vector<double>;

const Values kTen = {0.12, -0.03, 0.25, 0.07, -0.11, 0.31, 0.02, 0.19, -0.05, 0.14};
const Values kTied = {1, 2, 2, -1, 0, 3, 3, -2, 4, 5, 0, 1};

Values sixty() {
  Values values;
  for (int n = 0; n < 60; ++n) values.push_back((n * 37 % 101 - 45) / 50.0);
  return values;
}

}  // namespace

TEST_CASE("Student's t of paired differences") {
  SECTION("scipy.stats.ttest_1samp(d, 0)") {
    CHECK(paired_t(kTen).statistic == Approx(2.114500897146614).epsilon(1e-12));
    CHECK(paired_t(kTen).p == Approx(0.06360319126617567).epsilon(1e-10));
    CHECK(paired_t(kTied).statistic == Approx(2.5137917447891764).epsilon(1e-12));
    CHECK(paired_t(kTied).p == Approx(0.028791674863718083).epsilon(1e-10));
    CHECK(paired_t(sixty()).statistic == Approx(1.1902113472516649).epsilon(1e-12));
    CHECK(paired_t(sixty()).p == Approx(0.23873047678027218).epsilon(1e-10));
  }
  SECTION("of folds, with Nadeau's and Bengio's variance: t = mean / sqrt((1/n + ratio) var)") {
    // numpy: k.mean() / sqrt((1/5 + 0.25) * k.var(ddof=1)), 2 * scipy.stats.t.sf(t, 4)
    const TestResult test = corrected_t(Values{0.011, 0.004, 0.009, 0.013, 0.007}, 0.25);
    CHECK(test.statistic == Approx(3.755748478031615).epsilon(1e-12));
    CHECK(test.p == Approx(0.0198478762013993).epsilon(1e-10));
  }
  SECTION("where there is no variance, or too little data") {
    CHECK(paired_t(Values{0, 0, 0}).p == 1);
    CHECK(paired_t(Values{2, 2, 2}).p == 0);
    CHECK(std::isinf(paired_t(Values{-2, -2}).statistic));
    CHECK(std::isnan(paired_t(Values{1}).p));
    CHECK(std::isnan(paired_t(Values{}).p));
  }
}

TEST_CASE("Wilcoxon's signed ranks") {
  SECTION("exact: scipy.stats.wilcoxon(d)") {
    CHECK(wilcoxon(kTen).statistic == 10);
    CHECK(wilcoxon(kTen).p == Approx(0.083984375).epsilon(1e-12));
  }
  SECTION("exact by hand: of the 8 sign patterns of ranks 1, 2, 3 one has a sum of 0 below") {
    CHECK(wilcoxon(Values{1, 2, 3}).statistic == 0);
    CHECK(wilcoxon(Values{1, 2, 3}).p == 0.25);
    CHECK(wilcoxon(Values{1, 2, -3}).statistic == 3);
    CHECK(wilcoxon(Values{1, 2, -3}).p == 1);  // 2 * 5/8, at most 1
  }
  SECTION("with ties and zeros: scipy.stats.wilcoxon(d, mode='approx', correction=False)") {
    CHECK(wilcoxon(kTied).statistic == 7);
    CHECK(wilcoxon(kTied).p == Approx(0.035564379058193644).epsilon(1e-10));
  }
  SECTION("more than fifty: the normal approximation, as scipy.stats.wilcoxon(d)") {
    CHECK(wilcoxon(sixty()).statistic == 763.5);
    CHECK(wilcoxon(sixty()).p == Approx(0.2647081919479235).epsilon(1e-10));
  }
  SECTION("ties and zeros are those of the numbers, not of their rounding") {
    // In tenths: 1, -1, 2, -2, 0 and 3, of which the floats of equal ones differ in the last bits.
    const Values tenths = {0.3 - 0.2, 0.3 - 0.4, 0.9 - 0.7, 0.1 - 0.3, 0.1 + 0.2 - 0.3, 0.6 - 0.3};
    const TestResult exact = wilcoxon(Values{1, -1, 2, -2, 0, 3});
    CHECK(tenths[0] != -tenths[1]);
    CHECK(tenths[4] != 0);
    CHECK(wilcoxon(tenths).statistic == exact.statistic);
    CHECK(wilcoxon(tenths).p == Approx(exact.p).epsilon(1e-12));
  }
  SECTION("nothing but zeros") { CHECK(wilcoxon(Values{0, 0, 0}).p == 1); }
}

TEST_CASE("The permutation test flips signs") {
  const cofi::Random random(7);
  const cofi::ThreadPool one(1), two(2);
  SECTION("all 1024 patterns: scipy.stats.permutation_test(..., permutation_type='samples')") {
    const TestResult test = permutation(kTen, 10'000, random, one);
    CHECK(test.statistic == Approx(0.091));
    CHECK(test.p == 0.072265625);
  }
  SECTION("by hand: of +-1 +-2 +-3 two of eight sums are 6 away from zero") {
    CHECK(permutation(Values{1, 2, 3}, 8, random, one).p == 0.25);
  }
  SECTION("drawn: near the exact value, never zero, the same for any thread count") {
    const TestResult test = permutation(kTen, 1'000, random, one);
    CHECK(std::abs(test.p - 0.072265625) < 0.03);
    CHECK(test.p == permutation(kTen, 1'000, random, two).p);
    const Values far(200, 1.0);
    CHECK(permutation(far, 999, random, two).p == 1 / 1000.0);
  }
  SECTION("no difference at all") { CHECK(permutation(Values{0, 0, 0}, 100, random, one).p == 1); }
}

TEST_CASE("The effect size is the mean difference in standard deviations") {
  CHECK(effect_size(kTen) == Approx(0.6686638949452733).epsilon(1e-12));  // mean / std(ddof=1)
  CHECK(effect_size(Values{0, 0}) == 0);
}
