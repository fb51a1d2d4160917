#include "values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace knn {
namespace {

using cofi::SparseRows;

// body(row, its entries), for changing them.
template <class Body>
void for_each_row(SparseRows& rows, const Body& body) {
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    SparseRows::Entry* first = rows.entries.data() + rows.starts[static_cast<std::size_t>(row)];
    body(row, first, first + rows.row(row).size());
  }
}

double mean_of(const SparseRows::Entry* first, const SparseRows::Entry* last) {
  double sum = 0;
  for (const auto* entry = first; entry != last; ++entry) sum += entry->value;
  return first == last ? 0 : sum / static_cast<double>(last - first);
}

void subtract_row_means(SparseRows& rows) {
  for_each_row(rows, [](std::int32_t, SparseRows::Entry* first, SparseRows::Entry* last) {
    const double mean = mean_of(first, last);
    for (; first != last; ++first) first->value = static_cast<float>(first->value - mean);
  });
}

void subtract_column_means(SparseRows& rows) {
  std::int32_t columns = 0;
  for (const auto& entry : rows.entries) columns = std::max(columns, entry.id + 1);
  std::vector<double> sums(static_cast<std::size_t>(columns)), counts(sums.size());
  for (const auto& entry : rows.entries) {
    sums[static_cast<std::size_t>(entry.id)] += entry.value;
    counts[static_cast<std::size_t>(entry.id)] += 1;
  }
  for (auto& entry : rows.entries) {
    const auto id = static_cast<std::size_t>(entry.id);
    entry.value = static_cast<float>(entry.value - sums[id] / counts[id]);
  }
}

void subtract_baseline(const cofi::kernels::Biases& biases, SparseRows& rows) {
  for_each_row(rows, [&](std::int32_t row, SparseRows::Entry* first, SparseRows::Entry* last) {
    for (; first != last; ++first) {
      first->value = static_cast<float>(first->value - biases.value(row, first->id));
    }
  });
}

void rank(SparseRows& rows) {
  std::vector<std::size_t> order;
  std::vector<float> ranks;
  for_each_row(rows, [&](std::int32_t, SparseRows::Entry* first, SparseRows::Entry* last) {
    const auto count = static_cast<std::size_t>(last - first);
    order.resize(count);
    ranks.resize(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return first[a].value < first[b].value; });
    for (std::size_t from = 0; from < count;) {
      std::size_t to = from + 1;
      while (to < count && first[order[to]].value == first[order[from]].value) ++to;
      const double shared = static_cast<double>(from + 1 + to) / 2;
      for (; from < to; ++from) ranks[order[from]] = static_cast<float>(shared);
    }
    for (std::size_t n = 0; n < count; ++n) first[n].value = ranks[n];
  });
}

}  // namespace

void take_values(const std::string& values, const cofi::kernels::Biases& row_column_biases,
                 SparseRows& rows) {
  if (values == "ranks" || values == "centered_ranks") rank(rows);
  if (values == "row_mean" || values == "centered_ranks") subtract_row_means(rows);
  if (values == "column_mean") subtract_column_means(rows);
  if (values == "baseline") subtract_baseline(row_column_biases, rows);
}

void weigh_columns(SparseRows& rows, std::int32_t columns) {
  std::vector<double> counts(static_cast<std::size_t>(columns));
  for (const auto& entry : rows.entries) counts[static_cast<std::size_t>(entry.id)] += 1;
  for (auto& entry : rows.entries) {
    const double frequency = rows.size() / counts[static_cast<std::size_t>(entry.id)];
    entry.value = static_cast<float>(entry.value * std::sqrt(std::log(std::max(1.0, frequency))));
  }
}

}  // namespace knn
