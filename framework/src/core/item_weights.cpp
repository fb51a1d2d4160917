#include "cofi/item_weights.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cofi/archive.hpp"

namespace cofi {

ItemWeights::ItemWeights(SparseRows rows) : rows_(std::move(rows)) {}
ItemWeights::ItemWeights(at::Tensor table) : table_(std::move(table)) {}

std::int32_t ItemWeights::items() const {
  if (table_.defined()) return static_cast<std::int32_t>(table_.size(0));
  return std::max(0, rows_.size());
}

float ItemWeights::at(std::int32_t i, std::int32_t j) const {
  if (table_.defined()) return table_.data_ptr<float>()[i * table_.stride(0) + j];
  const auto row = rows_.row(i);
  const auto* found = std::lower_bound(
      row.begin(), row.end(), j,
      [](const SparseRows::Entry& entry, std::int32_t id) { return entry.id < id; });
  return found != row.end() && found->id == j ? found->value : 0;
}

void ItemWeights::add_row(std::int32_t i, float x, float* out) const {
  if (table_.defined()) {
    const float* row = table_.data_ptr<float>() + i * table_.stride(0);
    const std::int64_t count = table_.size(1);
    for (std::int64_t j = 0; j < count; ++j) out[j] = std::fma(x, row[j], out[j]);
  } else {
    for (const auto& [j, weight] : rows_.row(i)) out[j] = std::fma(x, weight, out[j]);
  }
}

void ItemWeights::state(Archive& archive) {
  if (archive.reading() ? !archive.has("weights") : !table_.defined()) {
    rows_state(archive, "weights", rows_);
    return;
  }
  at::Tensor whole = table_.defined() ? table_.contiguous() : table_;  // without a row's padding
  archive.on_cpu()("weights", whole);
  if (!archive.reading()) return;
  table_ = whole.contiguous();
  if (table_.dim() != 2 || table_.size(0) != table_.size(1) || table_.scalar_type() != at::kFloat) {
    throw Error("the saved 'weights' are damaged: not a float32 table of items x items");
  }
}

void keep_largest(std::vector<SparseRows::Entry>& row, std::size_t keep) {
  take_largest(row, keep, [](const SparseRows::Entry& entry) { return entry.value; });
  std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

SparseRows joined(const std::vector<std::vector<SparseRows::Entry>>& rows) {
  SparseRows all;
  all.starts.reserve(rows.size() + 1);
  all.starts.push_back(0);
  for (const auto& row : rows) {
    all.starts.push_back(all.starts.back() + static_cast<std::int64_t>(row.size()));
  }
  all.entries.reserve(static_cast<std::size_t>(all.starts.back()));
  for (const auto& row : rows) all.entries.insert(all.entries.end(), row.begin(), row.end());
  return all;
}

}  // namespace cofi
