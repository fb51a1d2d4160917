// The sum of the factors of a user's items, kept while steps move all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/sparse_rows.hpp"

namespace fism {

// A step moves every row p of the user's items, but for at most one, in the same way:
//   p = keep * p + rate * direction.
// Instead of doing so, each row is read as scale * (p + shift), with one scale and one shift for
// the user, so that a step costs a few rows, however many items there are. Rows that were left out
// are put where this reading gives what they were.
class UserSum {
 public:
  UserSum(const cofi::kernels::RowTable& factors, float keep);

  // Starts with these items of a user, each once.
  void open(cofi::View<cofi::SparseRows::Entry> items);
  // Until take_back(), the item is not in sum() and does not move.
  void leave_out(std::int32_t item);
  void take_back();
  // [stride] of the rows that are in it.
  const float* sum() const { return sum_.data(); }
  // A step of the rows in it.
  void move(const float* direction, float rate);
  // Writes the rows back (but not one that is left out, which take_back() does).
  void close();

 private:
  using Row = std::vector<float>;  // [stride]

  cofi::kernels::RowTable factors_;
  float keep_;
  cofi::View<cofi::SparseRows::Entry> items_;
  float scale_ = 1;
  Row shift_, sum_, left_;  // left_: the factors of the item left out
  std::int32_t out_ = -1;   // that item
  std::int64_t count_ = 0;  // rows in the sum
};

}  // namespace fism
