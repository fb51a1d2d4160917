#include "eval/rank.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "cofi/row_shares.hpp"
#include "cofi/solo_communicator.hpp"

#include "eval/ranking_builder.hpp"

namespace cofi::eval {
namespace {

constexpr std::int64_t kUsersATime = 32;  // users
constexpr float kNoCandidate = -std::numeric_limits<float>::infinity();

struct RankerScratch {
  std::vector<float> scores;  // [users of the block x items], or [candidates]
  std::vector<std::int32_t> known, items;
  std::vector<OwnItem> own;
  RankScratch rank;
};

// Scratch memory that outlives a block: one for each thread that is at work.
class ScratchPool {
 public:
  std::unique_ptr<RankerScratch> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return std::make_unique<RankerScratch>();
    auto scratch = std::move(free_.back());
    free_.pop_back();
    return scratch;
  }
  void give(std::unique_ptr<RankerScratch> scratch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(scratch));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<RankerScratch>> free_;
};

class Ranker {
 public:
  Ranker(const Model& model, const Interactions& part, const RankingData& data,
         const RankingOptions& options, const RankingNeeds& needs,
         const std::vector<const std::vector<bool>*>& relevant_items)
      : model_(model),
        part_(part),
        data_(data),
        options_(options),
        items_(data.item_counts.size()),
        sampler_(data.item_counts, options) {
    for (const std::vector<bool>* items : relevant_items) {
      builders_.emplace_back(part, data.users, static_cast<std::int32_t>(items_), needs,
                             options.relevance, items);
    }
    if (options.exclude_train) {
      for (const Interactions* known : data.known) {
        known_.push_back({known, group_by(known->users, data.users)});
      }
    }
    if (options.candidates == RankingOptions::Candidates::kTest) {
      std::vector<bool> there(items_);
      for (const std::int32_t item : part.items) there[static_cast<std::size_t>(item)] = true;
      for (std::size_t item = 0; item < items_; ++item) {
        if (there[item]) listed_.push_back(static_cast<std::int32_t>(item));
      }
    }
  }

  std::vector<Ranking> run(const ThreadPool& pool) {
    SoloCommunicator alone;
    Communicator& ranks = data_.communicator == nullptr ? alone : *data_.communicator;
    const RowShares shares(static_cast<std::int64_t>(evaluated().size()), kUsersATime, ranks);
    shares.each(pool, [&](std::int64_t begin, std::int64_t end) {
      std::unique_ptr<RankerScratch> scratch = scratch_.take();
      if (options_.candidates == RankingOptions::Candidates::kSampled) {
        for (std::int64_t n = begin; n < end; ++n) sampled(static_cast<std::size_t>(n), *scratch);
      } else {
        full(static_cast<std::size_t>(begin), static_cast<std::size_t>(end), *scratch);
      }
      scratch_.give(std::move(scratch));
    });
    std::vector<Ranking> rankings;
    for (RankingBuilder& builder : builders_) {
      builder.gather(ranks, shares.first());
      rankings.push_back(builder.take());
    }
    return rankings;
  }

 private:
  struct Known {
    const Interactions* rows;
    Grouping by_user;
  };

  // All builders have the same users.
  const RankingBuilder& evaluated() const { return builders_.front(); }

  void add(std::size_t n, const Candidates& candidates, RankerScratch& scratch) {
    for (RankingBuilder& builder : builders_) {
      builder.add(n, candidates, scratch.own, scratch.rank);
    }
  }

  std::int64_t time_of(std::size_t n) const {
    std::int64_t time = std::numeric_limits<std::int64_t>::max();
    for (const std::int32_t row : evaluated().rows(n)) {
      time = std::min(time, part_.times[static_cast<std::size_t>(row)]);
    }
    return time;
  }

  // The user's known items, ascending.
  void known_items(std::int32_t user, std::vector<std::int32_t>& out) const {
    out.clear();
    for (const Known& known : known_) {
      for (const std::int32_t row : known.by_user.group(user)) {
        out.push_back(known.rows->items[static_cast<std::size_t>(row)]);
      }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }

  void check(std::int32_t user, const float* scores, std::size_t count) const {
    // Zero unless one is not finite: a loop without a branch.
    constexpr std::size_t kLanes = 16;
    float lanes[kLanes] = {};
    std::size_t n = 0;
    for (; n + kLanes <= count; n += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += scores[n + lane] * 0.0F;
    }
    float sum = 0;
    for (; n < count; ++n) sum += scores[n] * 0.0F;
    for (const float lane : lanes) sum += lane;
    if (sum == 0) return;
    throw Error("a score for ", data_.names.user(user),
                " is not finite: training diverged; try a lower learning rate, more "
                "regularization or train.clip");
  }

  void full(std::size_t begin, std::size_t end, RankerScratch& scratch) {
    std::vector<std::int32_t> users;
    std::vector<std::int64_t> times;
    for (std::size_t n = begin; n < end; ++n) {
      users.push_back(evaluated().user(n));
      if (!part_.times.empty()) times.push_back(time_of(n));
    }
    scratch.scores.resize(static_cast<std::size_t>(kUsersATime) * items_);
    model_.score(users, times, static_cast<std::int32_t>(items_), scratch.scores.data());
    for (std::size_t n = begin; n < end; ++n) {
      float* scores = scratch.scores.data() + (n - begin) * items_;
      check(evaluated().user(n), scores, items_);
      known_items(evaluated().user(n), scratch.known);
      for (const std::int32_t item : scratch.known) scores[item] = kNoCandidate;
      evaluated().own_items(n, scratch.own);
      std::size_t count = items_;
      auto excluded = static_cast<std::int64_t>(scratch.known.size());
      if (options_.candidates == RankingOptions::Candidates::kTest) {
        count = listed_.size();
        for (std::size_t k = 0; k < count; ++k) scores[k] = scores[listed_[k]];
        excluded = std::count(scores, scores + count, kNoCandidate);
      }
      add(n, {listed_, {scores, count}, excluded}, scratch);
    }
  }

  void sampled(std::size_t n, RankerScratch& scratch) {
    const std::int32_t user = evaluated().user(n);
    evaluated().own_items(n, scratch.own);
    known_items(user, scratch.known);
    std::vector<std::int32_t> without = scratch.known;
    scratch.items.clear();
    for (const OwnItem& own : scratch.own) {
      without.push_back(own.item);
      if (!std::binary_search(scratch.known.begin(), scratch.known.end(), own.item)) {
        scratch.items.push_back(own.item);
      }
    }
    std::sort(without.begin(), without.end());
    sampler_.draw(data_.random.stream(static_cast<std::uint64_t>(user)), without, scratch.items);
    std::sort(scratch.items.begin(), scratch.items.end());
    const std::size_t count = scratch.items.size();
    const std::vector<std::int32_t> users(count, user);
    std::vector<std::int64_t> times;
    if (!part_.times.empty()) times.assign(count, time_of(n));
    scratch.scores.resize(count);
    model_.predict({users, scratch.items, times}, scratch.scores.data());
    check(user, scratch.scores.data(), count);
    add(n, {scratch.items, {scratch.scores.data(), count}}, scratch);
  }

  const Model& model_;
  const Interactions& part_;
  const RankingData& data_;
  const RankingOptions& options_;
  std::size_t items_;
  CandidateSampler sampler_;
  std::vector<RankingBuilder> builders_;
  std::vector<Known> known_;
  std::vector<std::int32_t> listed_;  // candidates of all users, ascending; empty: all items
  ScratchPool scratch_;
};

}  // namespace

Ranking rank(const Model& model, const Interactions& part, const RankingData& data,
             const RankingOptions& options, const RankingNeeds& needs, const ThreadPool& pool) {
  return std::move(rank(model, part, data, options, needs, {nullptr}, pool).front());
}

std::vector<Ranking> rank(const Model& model, const Interactions& part, const RankingData& data,
                          const RankingOptions& options, const RankingNeeds& needs,
                          const std::vector<const std::vector<bool>*>& relevant_items,
                          const ThreadPool& pool) {
  return Ranker(model, part, data, options, needs, relevant_items).run(pool);
}

}  // namespace cofi::eval
