// One side's rows, users' or items', and their Gibbs steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

#include "prior.hpp"

namespace bayesian {

// The ratings of each row of a side.
struct Ratings {
  std::vector<std::int64_t> starts;     // [rows + 1]
  std::vector<std::int32_t> ids;        // [n] whom of the other side
  std::vector<std::int32_t> positions;  // [n] the rating's place in arrays of all ratings

  std::int32_t size() const { return static_cast<std::int32_t>(starts.size()) - 1; }
  std::int64_t count(std::int64_t row) const {
    return starts[static_cast<std::size_t>(row) + 1] - starts[static_cast<std::size_t>(row)];
  }
  cofi::View<std::int32_t> row(std::int64_t row) const {
    return {ids.data() + starts[static_cast<std::size_t>(row)],
            static_cast<std::size_t>(count(row))};
  }
};

// What a sweep's steps of a side are given.
struct Step {
  const float* targets;  // [n] by position: what mean and rows are to explain
  double mean;
  double noise;  // the precision of the ratings' noise
  const cofi::Random& random;
  const cofi::ThreadPool& pool;
};

// A row is [factors, bias]: its own, and where `implicit` plus the sum of the implicit rows of
// those who rated it (of what it rated) over the square root of their number. A rating's target is
//   mean + (factors of both) multiplied + bias of both + noise.
class Side {
 public:
  // own, across: the ratings of this side and of the other. Both outlive it.
  Side(const Ratings& own, const Ratings& across, std::int64_t factors, bool implicit);

  // Initial rows: normal factors, no bias.
  void initialize(double deviation, const cofi::Random& random, const cofi::ThreadPool& pool);
  // Draws the hyperparameters, then the implicit rows one after another, then all own rows, each
  // given everything else. Rows without ratings come from their prior.
  void draw(const Side& other, const Step& given);

  // What the other side's rows are multiplied with, [rows x factors + 1]: [factors, 1].
  const cofi::kernels::RowTable& features() const { return features_.rows; }
  // Own rows plus sums, [rows x factors + 1]: [factors, bias].
  const cofi::kernels::RowTable& rows() const { return rows_.rows; }
  const cofi::kernels::RowTable& implicit_rows() const { return implicit_.rows; }
  bool has_implicit() const { return !weights_.empty(); }
  const Prior& prior() const { return prior_; }
  const std::vector<std::int32_t>& rated() const { return rated_; }

  // The rows as they stand, for going on from here.
  void state(cofi::Archive& archive, const cofi::ThreadPool& pool);

 private:
  struct Scratch;
  struct Table {
    at::Tensor values;
    cofi::kernels::RowTable rows;  // of values
  };
  static Table table(at::Tensor values);
  void gather(std::int64_t row, const Side& other, const Step& given, Scratch& scratch, float* gram,
              float* target) const;
  void draw_row(std::int64_t row, const Step& given, const float* gram, const float* target,
                Scratch& scratch);
  void draw_with_sums(const Side& other, const Step& given);
  void draw_implicit_rows(const Step& given);
  void add_sums(const cofi::ThreadPool& pool);
  void refresh(std::int64_t row);

  const Ratings& own_;
  const Ratings& across_;
  std::int64_t width_, stride_;
  std::vector<std::int32_t> rated_, implicit_rated_;  // rows with ratings
  std::vector<float> weights_;                        // [rows] of implicit rows in the row's sum
  Table own_rows_, rows_, features_, sums_;           // [rows x width]
  Table implicit_;                                    // [other rows x width]
  Prior prior_, implicit_prior_;
  std::vector<float> grams_, targets_;  // implicit: [rows x width x stride], [rows x stride]
};

}  // namespace bayesian
