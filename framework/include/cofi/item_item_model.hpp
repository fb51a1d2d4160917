// Models that score an item by the items that the user has: a plugin learns the weights, the rest
// is here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cofi/item_weights.hpp"
#include "cofi/model.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi {

// score(u, j) = sum over the items i of u, ascending, of x_ui w_ij
//
// in float32 by fused multiply-add: the same bits however it is asked for. Users without
// interactions and ids outside the vocabulary get 0. A user is its row, so a new one is folded in
// exactly, and an explanation is a term for each of the user's items. An item is like another by
// its weight for it.
class COFI_API ItemItemModel : public Model {
 public:
  Output output() const final { return Output::kScore; }
  // An Error where there are no training interactions.
  void fit(const FitContext& context) final;
  void predict(const Query& query, float* out) const final;
  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const final;
  bool fold_in(const Interactions& rows, const ThreadPool& pool) final;
  void state(Archive& archive) final;
  std::optional<Explanation> explain(std::int32_t user, std::int32_t item) const final;
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const final;

 protected:
  // values: "binary" (every interaction is a 1) or "ratings" (as rated; interactions of the same
  // user and item add up).
  explicit ItemItemModel(const std::string& values) : binary_(values == "binary") {}

  // Learns from the users' values.
  virtual ItemWeights learn(const SparseRows& users, const FitContext& context) = 0;
  // Makes x of users' values, in place; x are the values themselves by default.
  virtual void weigh(SparseRows& users) const;

 private:
  SparseRows rows_of(const Interactions& interactions, std::int32_t users,
                     const ThreadPool& pool) const;
  bool knows(std::int32_t user, std::int32_t item) const;

  bool binary_;
  SparseRows users_;  // x
  ItemWeights weights_;
};

}  // namespace cofi
