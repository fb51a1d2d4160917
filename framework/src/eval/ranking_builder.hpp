// Fills a Ranking, user by user, from the scores of their candidates.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/interactions.hpp"
#include "cofi/ranking.hpp"

namespace cofi::eval {

// An item of a user's in the evaluated part.
struct OwnItem {
  std::int32_t item;
  float value;
};

// A user's candidates, ascending, and their scores.
struct Candidates {
  View<std::int32_t> items;   // empty: all, 0, 1, 2, ...
  View<float> scores;         // [candidates] finite, or minus infinity for what is no candidate
  std::int64_t excluded = 0;  // how many of them are no candidates
};

// What add() needs between calls, so that it allocates nothing: one a thread.
struct RankScratch {
  std::vector<OwnItem> relevant;
  std::vector<std::pair<float, std::int32_t>> best;     // (score, item)
  std::vector<std::pair<float, std::int32_t>> ordered;  // relevant ones, (score, item)
};

class COFI_API RankingBuilder {
 public:
  // The users of the part, of the vocabulary's so many. `relevance`: the least value that counts;
  // `relevant_items` ([items], or null: all), which outlives it: those that may be relevant.
  RankingBuilder(const Interactions& part, std::int32_t users, std::int32_t items,
                 const RankingNeeds& needs, std::optional<double> relevance,
                 const std::vector<bool>* relevant_items = nullptr);

  std::size_t size() const { return ranking_.size(); }
  std::int32_t user(std::size_t n) const { return ranking_.users[n]; }
  // Their rows of the part.
  View<std::int32_t> rows(std::size_t n) const { return by_user_.group(user(n)); }
  // User n's distinct items of the part, ascending, each with its highest value.
  void own_items(std::size_t n, std::vector<OwnItem>& out) const;

  // Ranks user n's candidates. Different users may be added by different threads at once.
  void add(std::size_t n, const Candidates& candidates, const std::vector<OwnItem>& own,
           RankScratch& scratch);

  // Brings all users to every rank, of which rank r has added those from first[r] on.
  void gather(Communicator& communicator, const std::vector<std::int64_t>& first);

  Ranking take() { return std::move(ranking_); }

 private:
  void list_best(std::size_t n, const Candidates& candidates, RankScratch& scratch);
  void rank_relevant(std::size_t n, const Candidates& candidates, RankScratch& scratch);

  const Interactions& part_;
  RankingNeeds needs_;
  std::optional<double> relevance_;
  const std::vector<bool>* relevant_items_;
  Grouping by_user_;
  Ranking ranking_;
};

}  // namespace cofi::eval
