// A linear autoencoder with a closed form. See README.md beside this file.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/item_item_model.hpp"
#include "cofi/kernels/gram.hpp"
#include "cofi/plugin/plugin.hpp"

#include "inverse.hpp"

namespace {

using cofi::SparseRows;

constexpr std::int64_t kGrain = 32;  // items

constexpr cofi_param kParams[] = {
    cofi::choice("values", "binary", "binary|ratings",
                 "What users are made of: a 1 an interaction, or what they rated."),
    cofi::real("lambda", "400", 0.001, 1e9, "Penalty on the squares of the weights."),
    cofi::real("dropout", "0", 0, 0.99,
               "Share of a user's items that is as if left out: penalizes weights of an item by "
               "how often it occurs."),
    cofi::integer("keep", "null", 1, 1000000,
                  "Weights kept for each item's score, those of largest magnitude (all)."),
    cofi::integer("max_items", "20000", 1, 1000000,
                  "More items are an error: the fit takes 4 items^2 bytes."),
};

class Ease final : public cofi::ItemItemModel {
 public:
  explicit Ease(const cofi::Params& params)
      : ItemItemModel(params.text("values")),
        lambda_(params.real("lambda")),
        dropout_(params.real("dropout")),
        keep_(params.has("keep") ? params.integer("keep") : 0),
        max_items_(params.integer("max_items")) {}

 protected:
  cofi::ItemWeights learn(const SparseRows& users, const cofi::FitContext& context) override {
    at::Tensor table = cofi::kernels::gram(users, context.items, max_items_, context.pool);
    const cofi::kernels::RowTable rows = cofi::kernels::row_table(table);
    for (std::int64_t i = 0; i < context.items; ++i) {
      float& diagonal = rows.row(i)[i];
      diagonal += static_cast<float>(lambda_ + dropout_ / (1 - dropout_) * diagonal);
    }
    ease::negative_inverse(rows, context.items, context.pool);
    cofi::kernels::mirror_lower(rows, context.items, context.pool);
    if (keep_ > 0) return cofi::ItemWeights(largest(rows, context));
    to_weights(rows, context);
    return cofi::ItemWeights(std::move(table));
  }

 private:
  // w_ij = -P_ij / P_jj of -P, in place.
  static void to_weights(const cofi::kernels::RowTable& rows, const cofi::FitContext& context) {
    std::vector<float> scale;
    for (std::int64_t j = 0; j < context.items; ++j) scale.push_back(-1 / rows.row(j)[j]);
    cofi::parallel_for(context.pool, context.items, kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) {
                           float* row = rows.row(i);
                           for (std::size_t j = 0; j < scale.size(); ++j) row[j] *= scale[j];
                           row[i] = 0;
                         }
                       });
  }

  // The same, the largest of each column alone: -P is symmetric, so a column is a row.
  SparseRows largest(const cofi::kernels::RowTable& rows, const cofi::FitContext& context) const {
    std::vector<std::vector<SparseRows::Entry>> columns(static_cast<std::size_t>(context.items));
    cofi::parallel_for(context.pool, context.items, kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<SparseRows::Entry> column;
                         for (std::int64_t j = begin; j < end; ++j) {
                           const float* row = rows.row(j);
                           const float scale = -1 / row[j];
                           column.clear();
                           for (std::int32_t i = 0; i < context.items; ++i) {
                             if (i != j && row[i] != 0) column.push_back({i, row[i] * scale});
                           }
                           cofi::keep_largest(column, static_cast<std::size_t>(keep_));
                           columns[static_cast<std::size_t>(j)] = column;
                         }
                       });
    return cofi::transposed(cofi::joined(columns), context.items);
  }

  double lambda_, dropout_;
  std::int64_t keep_;  // 0: all
  std::int64_t max_items_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Ease, "ease", "1.0.0",
            "Linear weights between items by ridge regression in closed form.", kParams)
