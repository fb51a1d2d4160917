#include "eval/best_lists.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/predict.hpp"
#include "eval/rank.hpp"

namespace cofi::eval {
namespace {

// The time at which each user is asked for: of the earliest of its rows.
std::vector<std::int64_t> first_times(const Interactions& part, std::size_t users) {
  std::vector<std::int64_t> times(users, std::numeric_limits<std::int64_t>::max());
  for (std::size_t row = 0; row < part.times.size(); ++row) {
    std::int64_t& first = times[static_cast<std::size_t>(part.users[row])];
    first = std::min(first, part.times[row]);
  }
  return times;
}

}  // namespace

BestLists best_lists(Model& model, const Interactions& part, const Trained& trained, ColdStart rule,
                     std::int64_t length, const ThreadPool& pool) {
  const ColdStartGuard guard(model, rule, trained.user_counts, trained.item_counts, trained.fold_in,
                             pool);
  BestLists best;
  best.ranking = rank(model, part, ranking_data(trained), trained.ranking, {length, false}, pool);

  const std::vector<std::int64_t> times = first_times(part, trained.user_counts.size());
  std::vector<std::int32_t> users, items;
  std::vector<std::int64_t> asked_at;
  for (std::size_t n = 0; n < best.ranking.size(); ++n) {
    const RankedUser user = best.ranking.user(n, length);
    for (const std::int32_t item : user.list) {
      users.push_back(user.user);
      items.push_back(item);
      if (!part.times.empty()) asked_at.push_back(times[static_cast<std::size_t>(user.user)]);
    }
  }
  Interactions listed;
  listed.users = std::move(users);
  listed.items = std::move(items);
  listed.times = std::move(asked_at);
  const std::vector<float> predictions =
      predict_all(model, listed, pool, trained.communicator, trained.names);

  best.scores.resize(best.ranking.lists.size());
  std::size_t next = 0;
  for (std::size_t n = 0; n < best.ranking.size(); ++n) {
    float* scores = best.scores.data() + n * static_cast<std::size_t>(best.ranking.length);
    const std::size_t count = best.ranking.user(n, length).list.size();
    for (std::size_t k = 0; k < count; ++k) {
      scores[k] = predictions[next++];
      if (k > 0 && !(scores[k] < scores[k - 1])) {
        scores[k] = std::nextafter(scores[k - 1], std::numeric_limits<float>::lowest());
      }
    }
  }
  return best;
}

}  // namespace cofi::eval
