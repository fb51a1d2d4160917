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
// of an epoch may be smaller. A batch is valid until the next one is asked for.
class COFI_API Sampler {
 public:
  explicit Sampler(const FitContext& context);

  std::int64_t batches() const { return batches_; }  // an epoch
  void start_epoch(std::int64_t epoch);
  // Batch k of the epoch, on the fit's device.
  Batch batch(std::int64_t k);
  // The users and items of what batch(), part() or select() gave last, on the host.
  View<std::int32_t> users() const { return users_; }
  View<std::int32_t> items() const { return items_; }
  // Of the batch that was asked for last: these positions alone. Contiguous ones are where they
  // are, others are gathered.
  Batch select(View<std::int32_t> positions);
  // Rows by user and by item of batch k, or of the part of it that select() gave last (keep: the
  // same part as in every epoch).
  struct Groups {
    BatchRows users, items;
  };
  Groups groups(std::int64_t k, bool keep = true);

 private:
  // Host columns of a shuffled batch, reused.
  struct Gathered {
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    std::vector<std::int64_t> times;
  };
  using GroupPair = std::array<BatchGroups, 2>;

  void gather(std::int64_t begin, std::int64_t end);
  Batch on_device() const;
  void group(GroupPair& out);

  const FitContext& context_;
  const std::int64_t size_;  // of a batch, of all ranks together
  const std::int64_t batches_;
  std::vector<std::int32_t> order_;  // the epoch's permutation; empty in file order
  Gathered gathered_, selected_;
  // The batch's columns, on the host, and the part's that is asked about.
  View<std::int32_t> batch_users_, batch_items_, users_, items_;
  View<float> batch_values_, values_;
  View<std::int64_t> batch_times_, times_;
  std::array<BatchGrouper, 2> groupers_;
  GroupPair groups_;
  // In file order an epoch's groups are the next one's, too: kept as long as they take no more
  // memory than the interactions themselves.
  std::vector<GroupPair> kept_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace cofi::train
