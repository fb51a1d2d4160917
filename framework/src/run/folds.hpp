// The folds of a run: what is trained on and what is evaluated on.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"
#include "cofi/split.hpp"

#include "eval/evaluate.hpp"
#include "eval/split_check.hpp"
#include "plugin/registry.hpp"
#include "run/sources.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// One fold of a dataset, its rows gathered.
struct Fold {
  std::shared_ptr<const Source> source;
  Split split;
  std::string digest;  // of the split's rows
  Interactions train, validation, test;
  Interactions fold_in;  // what evaluation knows of users whom training has not seen
  eval::Leaks leaks;
  std::vector<std::int64_t> user_counts, item_counts;  // training interactions of each
  double train_mean = 0;

  eval::Trained trained() const {
    eval::Trained trained{source->data.scale, train_mean, user_counts, item_counts};
    trained.names = {&source->data.users, &source->data.items};
    return trained;
  }
  // "train", "validation", "test" or "fold_in".
  const Interactions& part(const std::string& name) const;
};

class Folds {
 public:
  Folds(const plugin::Registry& registry, const SearchPath& paths, const ThreadPool& pool)
      : registry_(registry), paths_(paths), pool_(pool) {}

  // How many the row's splitter makes.
  std::int64_t count(const spec::Row& row) const;
  // Fold k of the row. The last ones made are kept, as far as they fit into some memory; an Error
  // where the data does not allow it or nothing is left to train on.
  std::shared_ptr<const Fold> at(const std::shared_ptr<const Source>& source, const spec::Row& row,
                                 std::int64_t k);

  // What a row's folds depend on besides the data: rows with the same text share them.
  static std::string key(const spec::Row& row);

 private:
  std::shared_ptr<const Fold> make(const std::shared_ptr<const Source>& source,
                                   const spec::Row& row, std::int64_t k) const;

  const plugin::Registry& registry_;
  const SearchPath& paths_;
  const ThreadPool& pool_;
  struct Kept {
    std::string key;
    std::shared_ptr<const Fold> fold;
  };
  std::list<Kept> kept_;  // the last asked for first
};

// The same fold without its test part: what may be seen before a setting is selected.
std::shared_ptr<const Fold> without_test(const Fold& fold);

}  // namespace cofi::run
