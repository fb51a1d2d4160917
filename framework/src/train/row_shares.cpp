#include "cofi/row_shares.hpp"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cofi {

at::Tensor piece_of_rows(const at::Tensor& table, std::int64_t begin, std::int64_t end) {
  const std::int64_t stride = table.stride(0), width = table.numel() / table.size(0);
  return table.as_strided({(end - begin - 1) * stride + width}, {1},
                          table.storage_offset() + begin * stride);
}

void gather_rows(Communicator& communicator, const at::Tensor& table,
                 const std::vector<std::int64_t>& first) {
  if (communicator.size() == 1 || table.numel() == 0) return;
  std::vector<Communicator::Pending> under_way;
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const std::int64_t begin = first[static_cast<std::size_t>(rank)];
    const std::int64_t end = first[static_cast<std::size_t>(rank) + 1];
    if (begin == end) continue;
    under_way.push_back(communicator.broadcast(piece_of_rows(table, begin, end), rank));
  }
  for (const auto& work : under_way) work->wait();
}

void gather_bytes(Communicator& communicator, void* rows, std::int64_t row_bytes,
                  const std::vector<std::int64_t>& first) {
  if (communicator.size() == 1 || first.back() == 0) return;
  gather_rows(communicator, at::from_blob(rows, {first.back(), row_bytes}, at::kByte), first);
}

void gather_rows(Communicator& communicator, SparseRows& rows,
                 const std::vector<std::int64_t>& first) {
  if (communicator.size() == 1) return;
  std::vector<std::int64_t> lengths;
  for (std::size_t row = 0; row + 1 < rows.starts.size(); ++row) {
    lengths.push_back(rows.starts[row + 1] - rows.starts[row]);
  }
  gather_rows(communicator, lengths, first);
  SparseRows whole;
  whole.starts.assign(1, 0);
  for (const std::int64_t length : lengths) whole.starts.push_back(whole.starts.back() + length);
  whole.entries.resize(static_cast<std::size_t>(whole.starts.back()));
  std::vector<std::int64_t> first_entry;
  for (const std::int64_t row : first) {
    first_entry.push_back(whole.starts[static_cast<std::size_t>(row)]);
  }
  std::copy(rows.entries.begin(), rows.entries.end(),
            whole.entries.begin() + first_entry[static_cast<std::size_t>(communicator.rank())]);
  gather_rows(communicator, whole.entries, first_entry);
  rows = std::move(whole);
}

void together(Communicator& communicator, const std::function<void()>& work) {
  if (communicator.size() == 1) return work();
  std::string error;
  try {
    work();
  } catch (const std::exception& caught) {
    error = caught.what();
    if (error.empty()) error = "an error without a message";
  }
  // The length of each rank's message, all known to all.
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(communicator.size()));
  std::vector<std::int64_t> first(1, 0);
  for (std::int64_t rank = 1; rank <= communicator.size(); ++rank) first.push_back(rank);
  lengths[static_cast<std::size_t>(communicator.rank())] = static_cast<std::int64_t>(error.size());
  gather_rows(communicator, lengths, first);
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const std::int64_t length = lengths[static_cast<std::size_t>(rank)];
    if (length == 0) continue;
    error.resize(static_cast<std::size_t>(length));
    communicator.broadcast(at::from_blob(error.data(), {length}, at::kByte), rank)->wait();
    throw Error(error);
  }
}

RowShares::RowShares(View<std::int64_t> starts, std::int64_t grain, Communicator& communicator,
                     std::int64_t row_cost)
    : communicator_(communicator),
      rows_(static_cast<std::int64_t>(starts.size()) - 1),
      grain_(grain) {
  std::vector<std::int64_t> before(starts.begin(), starts.end());  // what there is to do
  for (std::size_t row = 1, filled = 0; row < before.size(); ++row) {
    if (starts[row] > starts[row - 1]) ++filled;
    before[row] += row_cost * static_cast<std::int64_t>(filled);
  }
  first_.push_back(0);
  for (int rank = 1; rank < communicator.size(); ++rank) {
    // In double, as the product can pass 64 bits.
    const auto own =
        static_cast<std::int64_t>(static_cast<double>(before.back()) * rank / communicator.size());
    const auto row = std::lower_bound(before.begin(), before.end(), own) - before.begin();
    first_.push_back(std::clamp<std::int64_t>(row / grain * grain, first_.back(), rows_));
  }
  first_.push_back(rows_);
}

RowShares::RowShares(std::int64_t rows, std::int64_t grain, Communicator& communicator)
    : communicator_(communicator), rows_(rows), grain_(grain) {
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const auto row =
        static_cast<std::int64_t>(static_cast<double>(rows) * rank / communicator.size());
    first_.push_back(row / grain * grain);
  }
  first_.push_back(rows);
}

void RowShares::each(const ThreadPool& pool,
                     const std::function<void(std::int64_t begin, std::int64_t end)>& body) const {
  together(communicator_, [&] {
    parallel_for(pool, end() - begin(), grain_,
                 [&](std::int64_t from, std::int64_t to) { body(begin() + from, begin() + to); });
  });
}

double RowShares::run(
    const ThreadPool& pool, const std::vector<at::Tensor>& tables,
    const std::function<double(std::int64_t begin, std::int64_t end)>& body) const {
  std::vector<double> sums(static_cast<std::size_t>((rows_ + grain_ - 1) / grain_));
  each(pool, [&](std::int64_t from, std::int64_t to) {
    sums[static_cast<std::size_t>(from / grain_)] = body(from, to);
  });
  for (const at::Tensor& table : tables) gather_rows(communicator_, table, first_);
  std::vector<std::int64_t> first_sum;
  for (const std::int64_t row : first_) first_sum.push_back((row + grain_ - 1) / grain_);
  gather_rows(communicator_, sums, first_sum);
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace cofi
