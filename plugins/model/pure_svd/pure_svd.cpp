// A truncated singular value decomposition of the interactions, what is missing taken for zero. See
// README.md beside this file.
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

#include "truncated_svd.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;
using cofi::kernels::RowTable;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Singular vectors kept."),
    cofi::integer("iterations", "4", 0, 1000,
                  "Power iterations: how sharply the largest singular values are told apart."),
    cofi::integer("oversample", "10", 0, 4096, "Vectors iterated besides those kept."),
};

std::int64_t trained(View<std::int64_t> counts) {
  return std::count_if(counts.begin(), counts.end(), [](auto count) { return count > 0; });
}

class PureSvd final : public cofi::Model {
 public:
  explicit PureSvd(const cofi::Params& params)
      : factors_(params.integer("factors")),
        iterations_(params.integer("iterations")),
        oversample_(params.integer("oversample")) {}

  cofi::Output output() const override { return cofi::Output::kScore; }

  void fit(const cofi::FitContext& context) override {
    const std::int64_t users = trained(context.user_counts), items = trained(context.item_counts);
    const std::int64_t bound = std::min(users, items);
    if (bound == 0) {
      throw cofi::Error("model/pure_svd: there are no training interactions to learn from");
    }
    if (factors_ > bound) {
      throw cofi::Error("model/pure_svd: factors is ", factors_, ", and the training interactions ",
                        "of ", users, " users with ", items, " items have no more than ", bound,
                        " singular vectors: set it to ", bound, " or less");
    }
    rows_ = cofi::rows_by_user(context.train, context.users, context.pool);
    const SparseRows columns = cofi::transposed(rows_, context.items);
    const auto factors = static_cast<std::size_t>(factors_);
    const auto most = static_cast<std::size_t>(bound) - factors;
    const pure_svd::SvdOptions options{factors,
                                       std::min(static_cast<std::size_t>(oversample_), most),
                                       static_cast<std::size_t>(iterations_)};
    const pure_svd::Panel vectors = pure_svd::right_singular_vectors(
        rows_, columns, options, context.random.stream("basis"), context.pool);
    item_factors_ = cofi::kernels::padded_rows(context.items, factors_);
    const RowTable table = cofi::kernels::row_table(item_factors_);
    for (std::size_t item = 0; item < vectors.rows(); ++item) {
      const double* row = vectors.row(item);
      std::transform(row, row + factors, table.row(static_cast<std::int64_t>(item)),
                     [](double value) { return static_cast<float>(value); });
    }
    user_factors_ = cofi::kernels::padded_rows(context.users, factors_);
    project(rows_, context.pool);
    no_bias();
  }

  void predict(const cofi::Query& query, float* out) const override {
    cofi::kernels::predict(view(), query.users, query.items, out);
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    cofi::kernels::scores(view(), users, items, out);
  }

  // r_u Q is all that a user is.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const SparseRows own = cofi::rows_by_user(rows, rows_.size(), pool);
    project(own, pool);
    cofi::replace_rows(rows_, own);
    return true;
  }

  void state(cofi::Archive& archive) override {
    cofi::kernels::padded_state(archive, "user_factors", user_factors_);
    cofi::kernels::padded_state(archive, "item_factors", item_factors_);
    cofi::rows_state(archive, "ratings", rows_);
    if (archive.reading()) no_bias();
  }

  // An item that nobody has is a column of zeros and scores 0: cold start has no row to stand in
  // for.
  std::vector<cofi::Parameter> parameters() override {
    return {{"user_factors", user_factors_, cofi::Rows::kUsers},
            {"item_factors", item_factors_, cofi::Rows::kShared}};
  }

  // r_u Q q_i is a sum over the user's items j of r_uj q_j . q_i.
  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    if (user < 0 || item < 0) return why;
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const float* own = items.row(item);
    if (rows_.row(user).empty()) {
      const RowTable users = cofi::kernels::row_table(user_factors_);
      why.add("factors", cofi::kernels::dot(users.row(user), own, items.stride));
    }
    for (const SparseRows::Entry& entry : rows_.row(user)) {
      const double alike = cofi::kernels::dot(items.row(entry.id), own, items.stride);
      why.add("neighbor", entry.value * alike, cofi::Rows::kItems, entry.id);
    }
    return why;
  }

  // The cosine of the two items' factors.
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    at::from_blob(out, {items}, at::kFloat)
        .copy_(at::cosine_similarity(item_factors_, item_factors_.slice(0, item, item + 1)));
    return true;
  }

 private:
  // The factors of the users who have entries in `rows`: r_u Q, summed in double.
  void project(const SparseRows& rows, const cofi::ThreadPool& pool) {
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const RowTable users = cofi::kernels::row_table(user_factors_);
    constexpr std::int64_t kGrain = 64;
    cofi::parallel_for(pool, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<double> sum(static_cast<std::size_t>(items.width));
      for (auto user = static_cast<std::int32_t>(begin); user < static_cast<std::int32_t>(end);
           ++user) {
        if (rows.row(user).empty()) continue;
        std::fill(sum.begin(), sum.end(), 0.0);
        for (const SparseRows::Entry& entry : rows.row(user)) {
          const float* row = items.row(entry.id);
          for (std::size_t k = 0; k < sum.size(); ++k) {
            sum[k] += static_cast<double>(entry.value) * row[k];
          }
        }
        std::transform(sum.begin(), sum.end(), users.row(user),
                       [](double value) { return static_cast<float>(value); });
      }
    });
  }

  void no_bias() {
    zeros_.assign(static_cast<std::size_t>(std::max(user_factors_.size(0), item_factors_.size(0))),
                  0);
  }

  cofi::kernels::BiasedFactors view() const {
    return {0, zeros_.data(), zeros_.data(), cofi::kernels::row_table(user_factors_),
            cofi::kernels::row_table(item_factors_)};
  }

  std::int64_t factors_, iterations_, oversample_;

  at::Tensor user_factors_, item_factors_;  // [users x factors], [items x factors], padded rows
  SparseRows rows_;                         // what each user rated
  std::vector<float> zeros_;                // biases, which the kernels ask for
};

}  // namespace

COFI_PLUGIN(cofi::Model, PureSvd, "pure_svd", "1.0.0",
            "Truncated singular value decomposition of the interactions, zero where missing.",
            kParams)
