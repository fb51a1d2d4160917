// Weights between items, learned: the neighborhood's part of Koren (2008), "Factorization meets the
// neighborhood", equations 10 and 16:
//   |R(i;u)|^-1/2 sum over j in R(i;u) of (r_uj - b~_uj) w_ij + |N(i;u)|^-1/2 sum of c_ij
// R(i;u) = N(i;u): what u rated, i itself left out; with `k`, of the k items whose similarity to i
// is largest in size, be it below 0 (weights are learned).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/residuals.hpp"
#include "cofi/params.hpp"
#include "cofi/sparse_rows.hpp"

namespace cofi::kernels {

struct COFI_API NeighborWeightsOptions {
  std::optional<std::int64_t> k;  // neighbors of an item; not set: all others
  double shrinkage = 100;         // of the similarity (pearson_baseline) that finds them
  bool explicit_part = true, implicit_part = true;  // w, c
  double max_memory = 1024;                         // megabytes that w and c may take
  std::optional<double> reg_explicit, reg_implicit;

  // By the parameters k, shrinkage, explicit, implicit, max_memory, reg_explicit_weights and
  // reg_implicit_weights; an Error where shrinkage is set without k.
  static NeighborWeightsOptions of(const Params& params);
};

// The steps of a pass: `regularization` as in Parameter, or the pass' weight_decay.
struct NeighborWeightsRates {
  double explicit_weights = 1, implicit_weights = 1;  // times the pass' learning rate
  bool by_frequency = false;  // an item's regularization is divided by sqrt(its training ratings)
};

// One thread's R(i;u): places in the item's rows of weights, and r_uj - b~_uj.
struct Near {
  std::vector<std::int32_t> slots;
  std::vector<float> values;
  std::size_t count = 0;  // how many of them are in use
  float norm = 0;         // count^-1/2, 0 without any
};

class COFI_API NeighborWeights {
 public:
  explicit NeighborWeights(const NeighborWeightsOptions& options);

  // Weights of zero; finds the k most similar items. An Error where max_memory does not suffice.
  void setup(const FitContext& context, const Residuals& residuals);
  // explicit_weights and implicit_weights [items x k or items], those that there are.
  void add_parameters(std::vector<Parameter>& parameters) const;

  // R(i;u) of what a user rated; empty for an unknown item (-1).
  void near(View<SparseRows::Entry> rated, std::int32_t item, Near& out) const;
  // The sum at the top; 0 without neighbors.
  float value(std::int32_t item, const Near& near) const;
  // out[users x items] += value, row-major, of the items [0, items).
  void add_scores(const Residuals& residuals, View<std::int32_t> users, std::int32_t items,
                  float* out) const;

  // value() of a batch [n], differentiable.
  at::Tensor forward(const Residuals& residuals, const Batch& batch) const;
  // values[n] += value() of the batch's ratings [begin, end).
  void add_values(const Residuals& residuals, const Batch& batch, std::int64_t begin,
                  std::int64_t end, float* values) const;
  // Adds the gradients of add_parameters' tables, which stand in out from `first` on. slopes[n]:
  // d loss / d prediction.
  void add_gradient(const Residuals& residuals, const Batch& batch, const float* slopes,
                    std::size_t first, RowGradients& out) const;

  // Stochastic gradient descent on the weights alone, a step a training rating, item by item: each
  // item's row stays in the cache, and items are independent of each other, so that threads share
  // them. rest[n]: what else the predictions are made of; sums[n]: value() after the pass. Both
  // are of the training ratings in Residuals' order.
  void pass(const Residuals& residuals, const SgdPass& pass, const NeighborWeightsRates& rates,
            const std::vector<float>& rest, std::vector<float>& sums);

  // A term of each neighbor.
  void explain(View<SparseRows::Entry> rated, std::int32_t item, Explanation& why) const;
  // out[items]: w_ij of the item's neighbors (c_ij where there is no explicit part), 0 of others.
  void similar_items(std::int32_t item, std::int32_t items, float* out) const;

  // Whose neighbor stands where; the weights are parameters.
  void state(Archive& archive);

 private:
  void find_neighbors(const FitContext& context, const Residuals& residuals);
  void check_memory(std::int64_t items, std::int64_t width) const;
  std::int64_t width() const;
  std::int32_t id(std::int32_t item, std::int32_t slot) const;
  void step(const Near& near, std::int32_t item, float slope, const SgdPass& pass,
            const NeighborWeightsRates& rates);

  NeighborWeightsOptions options_;
  at::Tensor explicit_, implicit_;  // w, c [items x width]; [0] where the part is off
  std::vector<std::int32_t> ids_;   // [items x width] ascending; empty where all are neighbors
  // While training:
  SparseRows by_item_;                   // users and ratings
  std::vector<std::int64_t> positions_;  // of by_item_'s entries, in Residuals' order
};

}  // namespace cofi::kernels
