// Paired tests of two systems from their differences, one per user or per fold: are they unlike in
// the mean? All are two-sided.
#pragma once

#include <cstdint>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::stats {

// What a test says. NaN both where it cannot be taken: fewer than two differences.
struct TestResult {
  double statistic = 0;
  double p = 1;  // of a difference at least as large, if there were none
};

// Student's t of the mean difference (Student 1908): mean / (s / sqrt(n)), n - 1 degrees of
// freedom. Differences that are all equal: t is infinite and p 0, or p 1 where they are all zero.
COFI_API TestResult paired_t(View<double> differences);

// The same of folds, whose training sets overlap so that their differences are not independent: the
// variance counts (1/n + test/train) times instead of 1/n (Nadeau and Bengio 2003, eq. 9).
// test_to_train: test interactions over training interactions, 1 / (k - 1) for k folds.
COFI_API TestResult corrected_t(View<double> differences, double test_to_train);

// Wilcoxon's signed-rank test (1945): zeros are dropped, ties share their mean rank; the statistic
// is the smaller rank sum. Exact up to 50 differences without zeros and ties, else the normal
// approximation with the variance corrected for ties, as scipy.stats.wilcoxon has it.
COFI_API TestResult wilcoxon(View<double> differences);

// The share of sign patterns whose mean is at least as far from zero (Fisher 1935). All 2^n
// patterns where those are no more than `resamples`, else that many drawn, the observed one counted
// among them: (hits + 1) / (resamples + 1). The statistic is the mean. The same bits for any thread
// count.
COFI_API TestResult permutation(View<double> differences, std::int64_t resamples,
                                const Random& random, const ThreadPool& pool);

// The mean difference in standard deviations of the differences (Cohen 1988, d_z); 0 where all are
// zero.
COFI_API double effect_size(View<double> differences);

}  // namespace cofi::stats
