// The order of the training rows in an epoch, and its batches.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"

#include "train/batch_groups.hpp"

namespace cofi::train {

// Batches of `options.batch` rows in file order or, shuffled, in a permutation that the seed and
// the epoch alone decide, so that going on in the middle of an epoch needs no state. The last batch
// of an epoch may be smaller. A batch is valid until the next one is asked for; what nobody asks
// for is not gathered.
class COFI_API Sampler {
 public:
  explicit Sampler(const FitContext& context);

  std::int64_t batches() const { return batches_; }  // an epoch
  void start_epoch(std::int64_t epoch);
  // Begins batch k of the epoch; its number of rows.
  std::int64_t open(std::int64_t k);
  // The users and items of the batch, on the host.
  View<std::int32_t> users() { return whole(users_); }
  View<std::int32_t> items() { return whole(items_); }
  // Some of its rows, by ascending position, on the fit's device.
  Batch select(View<std::int32_t> positions);
  // All of batch k.
  Batch batch(std::int64_t k);
  // Rows by user and by item of what select() or batch() gave last, of batch k (keep: the same rows
  // as in every epoch).
  struct Groups {
    BatchRows users, items;
  };
  Groups groups(std::int64_t k, bool keep = true);

 private:
  template <class T>
  struct Column {
    View<T> train;                    // of all training rows; empty where there is none
    View<T> batch, part;              // the batch, empty before it is asked for; what was selected
    std::vector<T> gathered, chosen;  // where they are if not in the training rows
  };
  using GroupPair = std::array<BatchGroups, 2>;

  template <class Each>
  void each_column(const Each& each) {
    each(users_), each(items_), each(values_), each(times_);
  }
  template <class T>
  View<T> whole(Column<T>& column);
  Batch on_device(View<std::int32_t> positions) const;
  void group(GroupPair& out);

  const FitContext& context_;
  const std::int64_t size_;  // of a batch, of all ranks together
  const std::int64_t batches_;
  Random epoch_random_{0}, batch_random_{0};
  std::vector<std::int32_t> order_;      // the epoch's permutation; empty in file order
  std::int64_t begin_ = 0, end_ = 0;     // the batch's places in it
  std::vector<std::int32_t> positions_;  // selected ones, as training rows
  Column<std::int32_t> users_, items_;
  Column<float> values_;
  Column<std::int64_t> times_;
  std::array<BatchGrouper, 2> groupers_;
  GroupPair groups_;
  // In file order an epoch's groups are the next one's, too: kept as long as they take no more
  // memory than the interactions themselves.
  std::vector<GroupPair> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace cofi::train
