#include "cofi/kernels/residuals.hpp"

#include <vector>

#include "cofi/archive.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/params.hpp"

namespace cofi::kernels {
namespace {

void subtract(const Biases& baseline, SparseRows& rows) {
  for (std::int32_t user = 0; user < rows.size(); ++user) {
    const auto end = rows.starts[static_cast<std::size_t>(user) + 1];
    for (auto at = rows.starts[static_cast<std::size_t>(user)]; at < end; ++at) {
      SparseRows::Entry& entry = rows.entries[static_cast<std::size_t>(at)];
      entry.value = static_cast<float>(entry.value - baseline.value(user, entry.id));
    }
  }
}

}  // namespace

Residuals::Residuals(const Params& params)
    : Residuals({params.integer("baseline_epochs"), params.real("baseline_reg_user"),
                 params.real("baseline_reg_item")}) {}

at::Tensor Residuals::user_bias() const { return bias_table(baseline_.users); }
at::Tensor Residuals::item_bias() const { return bias_table(baseline_.items); }

void Residuals::take(const FitContext& context) {
  rows_ = rows_by_user(context.train, context.users, context.pool);
  baseline_ = als_biases(rows_, rows_by_item(context.train, context.items, context.pool),
                         context.train.mean(), options_, context.pool);
  subtract(baseline_, rows_);
}

void Residuals::fold_in(const Interactions& rows, const ThreadPool& pool) {
  SparseRows own = rows_by_user(rows, users(), pool);
  Biases baseline = baseline_;
  baseline.users.assign(static_cast<std::size_t>(users()), 0);
  damped_biases(own, baseline.mean, baseline.items, options_.reg_user, baseline.users, pool);
  subtract(baseline, own);
  replace_rows(rows_, own);
}

void Residuals::state(Archive& archive) {
  archive("baseline_mean", baseline_.mean);
  archive("baseline_item_bias", baseline_.items);
  rows_state(archive, "residuals", rows_);
}

}  // namespace cofi::kernels
