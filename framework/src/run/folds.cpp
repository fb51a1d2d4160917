#include "run/folds.hpp"

#include <numeric>

#include "cofi/splitter.hpp"

#include "run/digest.hpp"

namespace cofi::run {
namespace {

std::vector<std::int64_t> counts_of(View<std::int32_t> ids, std::int32_t size) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size), 0);
  for (const std::int32_t id : ids) ++counts[static_cast<std::size_t>(id)];
  return counts;
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
  if (last_key_ != wanted) {
    last_.reset();  // before the next one takes as much memory
    last_ = make(source, row, k);
    last_key_ = wanted;
  }
  return last_;
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
  for (std::string& note : fold->leaks.notes(fold->split)) {
    fold->split.notes.push_back(std::move(note));
  }
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
