#include "run/folds.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "cofi/splitter.hpp"

#include "run/digest.hpp"

namespace cofi::run {
namespace {

constexpr std::size_t kKeptBytes = 256 << 20;

// What a fold takes: its rows' numbers and their columns.
std::size_t bytes_of(const Source& source) {
  const std::size_t row = source.data.interactions.times.empty() ? 16 : 24;
  return source.data.interactions.size() * row;
}

}  // namespace

const Interactions& Fold::part(const std::string& name) const {
  if (name == "train") return train;
  if (name == "fold_in") return fold_in;
  return name == "validation" ? validation : test;
}

std::string Folds::key(const spec::Row& row) {
  return row.split.dump() + " " + row.validation.dump() + " seed " + std::to_string(row.seed);
}

std::int64_t Folds::count(const spec::Row& row) const {
  return registry_.build<Splitter>(row.split, "split")->count();
}

std::shared_ptr<const Fold> Folds::at(const std::shared_ptr<const Source>& source,
                                      const spec::Row& row, std::int64_t k) {
  const std::string wanted = source->digest + " " + key(row) + " fold " + std::to_string(k);
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& each) { return each.key == wanted; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return kept_.front().fold;
  }
  // Of those of the same size, before the next one takes as much memory.
  std::size_t bytes = bytes_of(*source);
  for (auto each = kept_.begin(); each != kept_.end();) {
    bytes += bytes_of(*each->fold->source);
    each = bytes > kKeptBytes ? kept_.erase(each) : std::next(each);
  }
  kept_.push_front({wanted, make(source, row, k)});
  return kept_.front().fold;
}

std::shared_ptr<const Fold> without_test(const Fold& fold) {
  auto sealed = std::make_shared<Fold>();
  sealed->source = fold.source;
  sealed->digest = fold.digest;
  sealed->train = fold.train;
  sealed->validation = fold.validation;
  sealed->fold_in = fold.fold_in;
  sealed->user_counts = fold.user_counts;
  sealed->item_counts = fold.item_counts;
  sealed->train_mean = fold.train_mean;
  return sealed;
}

std::shared_ptr<const Fold> Folds::make(const std::shared_ptr<const Source>& source,
                                        const spec::Row& row, std::int64_t k) const {
  const Data& data = source->data;
  const Random random(static_cast<std::uint64_t>(row.seed));
  auto fold = std::make_shared<Fold>();
  fold->source = source;
  std::vector<std::int32_t> all(data.interactions.size());
  std::iota(all.begin(), all.end(), 0);
  fold->split = registry_.build<Splitter>(row.split, "split")
                    ->at(k, data, all, {paths_, pool_, random.stream("split")});
  if (!row.validation.is_null()) {
    const auto splitter = registry_.build<Splitter>(row.validation, "split.validation");
    Split cut =
        splitter->at(0, data, fold->split.train, {paths_, pool_, random.stream("validation")});
    fold->split.train = std::move(cut.train);
    fold->split.validation = std::move(cut.test);
    // A user hold-out gives some rows of its validation users, too.
    fold->split.fold_in.insert(fold->split.fold_in.end(), cut.fold_in.begin(), cut.fold_in.end());
    for (std::string& note : cut.notes) {
      fold->split.notes.push_back("validation: " + std::move(note));
    }
  }
  const std::string name = "splitter/" + row.split.at("use").get<std::string>();
  if (fold->split.train.empty()) {
    throw Error("split: fold ", k, " of ", name, " leaves nothing to train on");
  }
  eval::check_disjoint(fold->split, data.interactions.size(),
                       "split: fold " + std::to_string(k) + " of " + name);
  fold->leaks =
      eval::find_leaks(data.interactions, data.users.size(), data.items.size(), fold->split);
  fold->digest = digest_of(fold->split);
  fold->train = data.interactions.rows(fold->split.train, pool_);
  fold->validation = data.interactions.rows(fold->split.validation, pool_);
  fold->test = data.interactions.rows(fold->split.test, pool_);
  fold->fold_in = data.interactions.rows(fold->split.fold_in, pool_);
  fold->user_counts = counts_of(fold->train.users, data.users.size());
  fold->item_counts = counts_of(fold->train.items, data.items.size());
  fold->train_mean = fold->train.mean();
  return fold;
}

}  // namespace cofi::run
