// The fused path of SVD++ on the CPU: the gradient of a batch's loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"

#include "side.hpp"

namespace svdpp {

// With s_n = d loss / d prediction of rating n: the gradient of a user's vector is the sum of s_n
// times the items' vectors over its ratings; it is that of its factors, and |N(u)|^-1/2 times it
// that of the implicit vectors of its set. So for items.
class BatchGradient {
 public:
  // Adds to the gradients of the parameters user factors, user bias, item factors, item bias, the
  // users' implicit tables, then the items'. Returns the sum of the ratings' losses.
  double add(const Side& users, const Side& items, float mean, const cofi::Batch& batch,
             cofi::RowGradients& out);

 private:
  // A batch's rows of one side: their vectors, and which of them each rating has.
  struct Part {
    std::vector<float> vectors;        // [rows of the batch x stride]
    std::vector<std::int32_t> places;  // [batch]
  };

  static void load(const Side& side, const cofi::BatchRows& rows, const cofi::ThreadPool& pool,
                   Part& part);
  double find_slopes(const Side& users, const Side& items, float mean, const cofi::Batch& batch,
                     const cofi::RowGradients& out);
  void add_side(cofi::RowGradients& out, const Side& side, const cofi::BatchRows& rows,
                const Part& others, std::size_t first, std::size_t first_set) const;

  Part users_, items_;
  std::vector<float> slopes_;  // [batch] d (batch loss) / d (prediction)
};

}  // namespace svdpp
