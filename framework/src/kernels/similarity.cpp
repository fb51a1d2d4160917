#include "cofi/kernels/similarity.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

#include "cofi/item_weights.hpp"
#include "cofi/row_shares.hpp"

namespace cofi::kernels {
namespace {

// Sums over the columns that two rows have in common.
struct Pair {
  double n = 0, dot = 0;  // how many; a b
  double aa = 0, bb = 0;  // a a, b b
  double a = 0, b = 0;    // a, b
};

// What a measure needs of them: the first so many.
enum class Sums { kDot, kNorms, kMoments };

// Of one row's own values.
struct Row {
  double n = 0, sum = 0, squares = 0;
};

Sums needed(const SimilarityOptions& options) {
  switch (options.measure) {
    case Measure::kCosine:
      return options.over_all ? Sums::kDot : Sums::kNorms;
    case Measure::kPearson:
      return options.over_all ? Sums::kDot : Sums::kMoments;
    case Measure::kMsd:
      return Sums::kNorms;
    default:
      return Sums::kDot;
  }
}

double ratio(double dot, double squares) { return squares > 0 ? dot / std::sqrt(squares) : 0; }

// Before support and shrinkage.
double likeness(const Pair& pair, const Row& a, const Row& b, const SimilarityOptions& options) {
  switch (options.measure) {
    case Measure::kCosine:
      return options.over_all ? ratio(pair.dot, a.squares * b.squares)
                              : ratio(pair.dot, pair.aa * pair.bb);
    case Measure::kPearson: {
      // n times the centred sums; over all, a missing value counts as the zero it was made.
      const double n = options.over_all ? static_cast<double>(options.columns) : pair.n;
      const double sum_a = options.over_all ? a.sum : pair.a;
      const double sum_b = options.over_all ? b.sum : pair.b;
      const double aa = n * (options.over_all ? a.squares : pair.aa) - sum_a * sum_a;
      const double bb = n * (options.over_all ? b.squares : pair.bb) - sum_b * sum_b;
      // What rounding leaves of two constant rows is no spread.
      const double least = 1e-12 * n;
      return aa > least && bb > least ? (n * pair.dot - sum_a * sum_b) / std::sqrt(aa * bb) : 0;
    }
    case Measure::kMsd:
      return 1 / ((pair.aa + pair.bb - 2 * pair.dot) / pair.n + 1);
    case Measure::kJaccard:
      return pair.n / (a.n + b.n - pair.n);
    case Measure::kAsymmetricCosine:
      return pair.n / (std::pow(a.n, options.alpha) * std::pow(b.n, 1 - options.alpha));
  }
  return 0;
}

double similarity(const Pair& pair, const Row& a, const Row& b, const SimilarityOptions& options) {
  if (pair.n < static_cast<double>(options.min_support)) return 0;
  double value = likeness(pair, a, b, options);
  if (options.significance > 0) {
    value *= std::min(pair.n, options.significance) / options.significance;
  }
  const double n = pair.n - (options.shrinks_from_one ? 1 : 0);
  return options.shrinkage > 0 ? value * n / (n + options.shrinkage) : value;
}

// A neighbour's id and similarity.
using Alike = SparseRows::Entry;

// A thread's sums of one row with all others.
struct Scratch {
  std::vector<Pair> pairs;            // [rows] zeros between rows
  std::vector<std::int32_t> touched;  // whose are not zero
  std::vector<Alike> alike;
};

template <Sums kSums>
void add_up(const SparseRows& rows, const SparseRows& columns, std::int32_t row, Scratch& scratch) {
  for (const SparseRows::Entry& own : rows.row(row)) {
    const double a = own.value;
    for (const SparseRows::Entry& other : columns.row(own.id)) {
      Pair& pair = scratch.pairs[static_cast<std::size_t>(other.id)];
      if (pair.n == 0) scratch.touched.push_back(other.id);
      const double b = other.value;
      pair.n += 1;
      pair.dot += a * b;
      if constexpr (kSums != Sums::kDot) {
        pair.aa += a * a;
        pair.bb += b * b;
      }
      if constexpr (kSums == Sums::kMoments) {
        pair.a += a;
        pair.b += b;
      }
    }
  }
}

// The row's neighbours, in scratch.alike, ascending by id.
void find(const SparseRows& rows, const SparseRows& columns, const std::vector<Row>& own,
          std::int32_t row, const SimilarityOptions& options, Scratch& scratch) {
  switch (needed(options)) {
    case Sums::kDot:
      add_up<Sums::kDot>(rows, columns, row, scratch);
      break;
    case Sums::kNorms:
      add_up<Sums::kNorms>(rows, columns, row, scratch);
      break;
    case Sums::kMoments:
      add_up<Sums::kMoments>(rows, columns, row, scratch);
      break;
  }
  scratch.alike.clear();
  for (const std::int32_t id : scratch.touched) {
    Pair& pair = scratch.pairs[static_cast<std::size_t>(id)];
    const double value = id == row ? (options.zeros ? 1 : 0)
                                   : similarity(pair, own[static_cast<std::size_t>(row)],
                                                own[static_cast<std::size_t>(id)], options);
    pair = {};
    if (value != 0) scratch.alike.push_back({id, static_cast<float>(value)});
  }
  scratch.touched.clear();
  keep_largest(scratch.alike, static_cast<std::size_t>(options.keep));
}

std::vector<Row> own_sums(const SparseRows& rows) {
  std::vector<Row> own(static_cast<std::size_t>(rows.size()));
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    Row& sums = own[static_cast<std::size_t>(row)];
    for (const SparseRows::Entry& entry : rows.row(row)) {
      const double value = entry.value;
      sums.n += 1;
      sums.sum += value;
      sums.squares += value * value;
    }
  }
  return own;
}

// [rows + 1] sums to add up before each row.
std::vector<std::int64_t> work_before(const SparseRows& rows, const SparseRows& columns) {
  std::vector<std::int64_t> before{0};
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    std::int64_t work = 1;
    for (const SparseRows::Entry& entry : rows.row(row)) {
      work += static_cast<std::int64_t>(columns.row(entry.id).size());
    }
    before.push_back(before.back() + work);
  }
  return before;
}

}  // namespace

Neighbors neighbors_of(const SparseRows& rows, const SparseRows& columns,
                       const SimilarityOptions& options, const ThreadPool& pool,
                       Communicator& communicator) {
  const std::vector<Row> own = own_sums(rows);
  constexpr std::int64_t kGrain = 16;
  const RowShares shares(work_before(rows, columns), kGrain, communicator);
  // A block's neighbours, one row after another: blocks are done in any order.
  std::vector<std::vector<Alike>> found(
      static_cast<std::size_t>((rows.size() + kGrain - 1) / kGrain));
  std::vector<std::int64_t> counts(static_cast<std::size_t>(rows.size()));
  shares.each(pool, [&](std::int64_t begin, std::int64_t end) {
    static thread_local Scratch scratch;
    scratch.pairs.resize(std::max(scratch.pairs.size(), static_cast<std::size_t>(rows.size())));
    auto& block = found[static_cast<std::size_t>(begin / kGrain)];
    for (std::int64_t row = begin; row < end; ++row) {
      find(rows, columns, own, static_cast<std::int32_t>(row), options, scratch);
      counts[static_cast<std::size_t>(row)] = static_cast<std::int64_t>(scratch.alike.size());
      block.insert(block.end(), scratch.alike.begin(), scratch.alike.end());
    }
  });
  gather_rows(communicator, counts, shares.first());
  Neighbors all;
  all.starts.push_back(0);
  for (const std::int64_t count : counts) all.starts.push_back(all.starts.back() + count);
  all.ids.resize(static_cast<std::size_t>(all.starts.back()));
  all.similarities.resize(all.ids.size());
  auto at = static_cast<std::size_t>(all.starts[static_cast<std::size_t>(shares.begin())]);
  for (std::vector<Alike>& block : found) {
    for (const Alike& alike : block) {
      all.ids[at] = alike.id;
      all.similarities[at++] = alike.value;
    }
    std::vector<Alike>().swap(block);
  }
  std::vector<std::int64_t> first;
  for (const std::int64_t row : shares.first()) {
    first.push_back(all.starts[static_cast<std::size_t>(row)]);
  }
  gather_rows(communicator, all.ids, first);
  gather_rows(communicator, all.similarities, first);
  return all;
}

}  // namespace cofi::kernels
