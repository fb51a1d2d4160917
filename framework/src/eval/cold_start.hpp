// The rule for users and items without training interactions: what evaluation sees of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/interactions.hpp"
#include "cofi/model.hpp"
#include "cofi/parallel.hpp"

namespace cofi::eval {

enum class ColdStart {
  kAverage,  // their rows of the model's tables are the mean of the trained rows
  kModel,    // the model's own rule
};

// Applies the rule to a model for as long as the guard lives, then puts the rows back bit for bit.
// The means are taken in double, in row order, so they depend on no thread count.
class COFI_API ColdStartGuard {
 public:
  // counts: [users] and [items], training interactions. Where the model can fold in users, those of
  // `fold_in` get rows of their own.
  ColdStartGuard(Model& model, ColdStart rule, View<std::int64_t> user_counts,
                 View<std::int64_t> item_counts, const Interactions* fold_in,
                 const ThreadPool& pool);
  ~ColdStartGuard();
  ColdStartGuard(const ColdStartGuard&) = delete;
  ColdStartGuard& operator=(const ColdStartGuard&) = delete;

 private:
  struct Replaced {
    at::Tensor table, rows, values;  // rows: int64 [m]; values: [m, ...], as they were
  };
  std::vector<Replaced> replaced_;
};

// What evaluated interactions hold that training did not.
struct Unseen {
  std::int64_t users = 0, items = 0;  // distinct ones
  std::int64_t rows = 0;              // interactions with such a user or item
};
COFI_API Unseen count_unseen(const Interactions& interactions, View<std::int64_t> user_counts,
                             View<std::int64_t> item_counts);

}  // namespace cofi::eval
