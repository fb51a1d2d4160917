// How alike two rows are, and which rows are most alike: the formulas stand in model/knn's README.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

enum class Measure { kCosine, kPearson, kMsd, kJaccard, kAsymmetricCosine };

struct SimilarityOptions {
  Measure measure = Measure::kCosine;
  bool over_all = false;     // norms (and means) over all of a row's values, not the common ones
  bool zeros = false;        // missing values are zeros, and a row is its own neighbor; over_all
  std::int64_t columns = 0;  // zeros: how many values a row has
  std::int64_t min_support = 1;   // fewer common columns: not alike
  double shrinkage = 0;           // times n / (n + shrinkage)
  bool shrinks_from_one = false;  // n - 1 in n's place
  double significance = 0;        // times min(n, significance) / significance, where above 0
  double alpha = 0.5;             // of the asymmetric cosine
  std::int64_t keep = 0;          // similarities kept a row, those of largest magnitude
};

// Of each row the rows that are most like it: ids ascending, similarities that are not 0.
struct Neighbors {
  std::vector<std::int64_t> starts;  // [rows + 1]
  std::vector<std::int32_t> ids;     // [kept]
  std::vector<float> similarities;   // [kept]
};

// Of values as the measure takes them (centred, ranked, weighted); `columns` is the
// transpose of `rows`. Time: the sum over columns of the square of their lengths; memory: a row of
// sums a thread and what is kept. The ranks share the rows, and all get all neighbors. The same
// bits for any number of threads and ranks.
COFI_API Neighbors neighbors_of(const SparseRows& rows, const SparseRows& columns,
                                const SimilarityOptions& options, const ThreadPool& pool,
                                Communicator& communicator);

}  // namespace cofi::kernels
