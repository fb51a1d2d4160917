#include "eval/cold_start.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

namespace cofi::eval {
namespace {

std::vector<std::int64_t> rows_without_training(View<std::int64_t> counts) {
  std::vector<std::int64_t> rows;
  for (std::size_t id = 0; id < counts.size(); ++id) {
    if (counts[id] == 0) rows.push_back(static_cast<std::int64_t>(id));
  }
  return rows;
}

// [1, ...]: the mean of the table's rows with training interactions.
at::Tensor mean_of_trained(const at::Tensor& table, View<std::int64_t> counts) {
  const at::Tensor values = table.cpu().contiguous();
  const std::int64_t width = values.size(0) == 0 ? 0 : values.numel() / values.size(0);
  std::vector<double> sums(static_cast<std::size_t>(width), 0.0);
  const float* row = values.data_ptr<float>();
  std::int64_t trained = 0;
  for (const std::int64_t count : counts) {
    if (count > 0) {
      ++trained;
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += row[k];
    }
    row += width;
  }
  std::vector<std::int64_t> shape = values.sizes().vec();
  shape[0] = 1;
  at::Tensor mean = at::empty(shape, values.options());
  for (std::size_t k = 0; k < sums.size(); ++k) {
    mean.data_ptr<float>()[k] = static_cast<float>(sums[k] / static_cast<double>(trained));
  }
  return mean.to(table.device());
}

}  // namespace

ColdStartGuard::ColdStartGuard(Model& model, ColdStart rule, View<std::int64_t> user_counts,
                               View<std::int64_t> item_counts, const Interactions* fold_in,
                               const ThreadPool& pool) {
  const bool folds_in = fold_in != nullptr && fold_in->size() > 0;
  if (rule == ColdStart::kModel && !folds_in) return;
  const at::NoGradGuard no_grad;
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.rows == Rows::kShared) continue;
    const View<std::int64_t> counts = parameter.rows == Rows::kUsers ? user_counts : item_counts;
    const std::vector<std::int64_t> unseen = rows_without_training(counts);
    if (unseen.empty() || unseen.size() == counts.size()) continue;
    at::Tensor table = parameter.value.detach();
    const at::Tensor rows = at::tensor(unseen, at::kLong).to(table.device());
    replaced_.push_back({table, rows, table.index_select(0, rows)});
    if (rule == ColdStart::kModel) continue;
    std::vector<std::int64_t> shape = table.sizes().vec();
    shape[0] = static_cast<std::int64_t>(unseen.size());
    table.index_copy_(0, rows, mean_of_trained(table, counts).expand(shape));
  }
  if (folds_in) model.fold_in(*fold_in, pool);
}

ColdStartGuard::~ColdStartGuard() {
  const at::NoGradGuard no_grad;
  for (Replaced& each : replaced_) each.table.index_copy_(0, each.rows, each.values);
}

Unseen count_unseen(const Interactions& interactions, View<std::int64_t> user_counts,
                    View<std::int64_t> item_counts) {
  Unseen unseen;
  std::vector<bool> users(user_counts.size()), items(item_counts.size());
  for (std::size_t row = 0; row < interactions.size(); ++row) {
    const auto user = static_cast<std::size_t>(interactions.users[row]);
    const auto item = static_cast<std::size_t>(interactions.items[row]);
    const bool new_user = user_counts[user] == 0, new_item = item_counts[item] == 0;
    if (new_user && !users[user]) users[user] = true, ++unseen.users;
    if (new_item && !items[item]) items[item] = true, ++unseen.items;
    if (new_user || new_item) ++unseen.rows;
  }
  return unseen;
}

}  // namespace cofi::eval
