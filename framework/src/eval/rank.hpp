// Ranks the candidates of every evaluated user by a model's scores.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/interactions.hpp"
#include "cofi/model.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"
#include "cofi/ranking.hpp"

#include "eval/candidates.hpp"
#include "eval/names.hpp"

namespace cofi::eval {

// What the users are known to have, and which items there are.
struct RankingData {
  std::int32_t users;                      // of the vocabulary
  View<std::int64_t> item_counts;          // [items] training interactions
  std::vector<const Interactions*> known;  // what exclude_train leaves out: train, ...
  Random random{0};                        // of sampled candidates
  Communicator* communicator = nullptr;    // whose ranks share the users; null: there is one
  Names names = {};
};

// Users are scored in fixed blocks, so memory is blocks (one a thread) of 32 users x items floats
// beside the lists. A user is asked for at the time of the earliest of its evaluated interactions.
// Sampled candidates are the user's own items of the part and those drawn, which the user has
// neither there nor in `known`. An Error where a score is not finite.
COFI_API Ranking rank(const Model& model, const Interactions& part, const RankingData& data,
                      const RankingOptions& options, const RankingNeeds& needs,
                      const ThreadPool& pool);

// The same lists several times, each with other items that may be relevant: [items], or null: all.
std::vector<Ranking> rank(const Model& model, const Interactions& part, const RankingData& data,
                          const RankingOptions& options, const RankingNeeds& needs,
                          const std::vector<const std::vector<bool>*>& relevant_items,
                          const ThreadPool& pool);

}  // namespace cofi::eval
