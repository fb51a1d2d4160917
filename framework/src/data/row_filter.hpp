// Narrows a dataset step by step; its columns are copied once, at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi::data {

// How much there is: rows, and the users and items that come in them.
struct Extent {
  std::int64_t interactions = 0, users = 0, items = 0;
};

class COFI_API RowFilter {
 public:
  // Keeps a reference to data, which take() needs.
  RowFilter(const Data& data, const ThreadPool& pool);

  Extent extent() const;  // of what is left

  // Keeps values from low to high, both included; compared as float, so that 3.3 keeps "3.3".
  void keep_values(std::optional<double> low, std::optional<double> high);
  // Keeps times from first to last, both included; an Error where the data has no times.
  void keep_times(std::optional<std::int64_t> first, std::optional<std::int64_t> last);
  // Keeps the largest set of rows in which each user has at least `users` and each item at least
  // `items` of them: drops what has fewer again and again, until nothing does (Seidman 1983,
  // "Network structure and minimum degree", on the graph of users and items).
  void keep_core(std::int64_t users, std::int64_t items);
  // Keeps the n items with the most rows; of equals the one with the lower id, which came first.
  void keep_top_items(std::int64_t n);
  // Keeps n users (of those left, in the order of their ids, the first n of a permutation); an
  // Error where there are fewer.
  void sample_users(std::int64_t n, Random random);
  // Values of at least `threshold` become 1, the others 0; all become 1 without one.
  void binarise(std::optional<double> threshold);

  // What is left: vocabularies in order of first appearance in it, further interactions, titles and
  // tags of the users and items that are in it, and expected values unless values were changed.
  Data take() const;

 private:
  void keep(const std::function<bool(std::size_t)>& wanted);
  std::vector<std::int64_t> count(const Column<std::int32_t>& ids, std::int32_t size) const;

  const Data& data_;
  const ThreadPool& pool_;
  std::vector<std::int32_t> rows_;  // those left, ascending
  Column<float> values_;            // [all rows]
  RatingScale scale_;
  bool changed_ = false;  // values are no longer those of the data
};

}  // namespace cofi::data
