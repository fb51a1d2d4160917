#include "eval/predict.hpp"

#include <cmath>

#include "cofi/row_shares.hpp"
#include "cofi/solo_communicator.hpp"

namespace cofi::eval {
namespace {

// Rows a block: large enough for models that predict with matrix products, small enough that blocks
// of a small test set still keep every thread busy.
constexpr std::int64_t kBlock = 4096;

}  // namespace

std::vector<float> predict_all(const Model& model, const Interactions& interactions,
                               const ThreadPool& pool, Communicator* communicator,
                               const Names& names) {
  SoloCommunicator alone;
  Communicator& ranks = communicator == nullptr ? alone : *communicator;
  std::vector<float> predictions(interactions.size());
  const RowShares shares(static_cast<std::int64_t>(interactions.size()), kBlock, ranks);
  shares.each(pool, [&](std::int64_t begin, std::int64_t end) {
    const auto at = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    const View<std::int64_t> times = interactions.times.view();
    model.predict(
        {interactions.users.view().slice(at, count), interactions.items.view().slice(at, count),
         times.empty() ? times : times.slice(at, count)},
        predictions.data() + begin);
    for (std::size_t row = at; row < at + count; ++row) {
      if (std::isfinite(predictions[row])) continue;
      throw Error("predicted ", predictions[row], " for ", names.user(interactions.users[row]),
                  " and ", names.item(interactions.items[row]),
                  ": training diverged; try a lower learning rate, more regularization or "
                  "train.clip");
    }
  });
  gather_rows(ranks, predictions, shares.first());
  return predictions;
}

}  // namespace cofi::eval
