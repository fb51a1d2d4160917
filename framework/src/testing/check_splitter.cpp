#include <algorithm>
#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

using RowNumbers = std::vector<std::int32_t>;

Split divide(const Splitter& splitter, std::int64_t fold, const Data& data, const RowNumbers& rows,
             const SplitterCheck& options, int threads) {
  const ThreadPool pool(threads);
  return splitter.at(fold, data, rows, {options.paths, pool, Random(1)});
}

// The parts are some of the given rows, none twice.
std::string parts_of(const Split& split, const RowNumbers& rows, std::size_t table) {
  enum : char { kNotGiven, kGiven, kTaken };
  std::vector<char> state(table, kNotGiven);
  for (const std::int32_t row : rows) state[static_cast<std::size_t>(row)] = kGiven;
  const std::pair<const char*, const RowNumbers*> parts[] = {{"train", &split.train},
                                                             {"validation", &split.validation},
                                                             {"test", &split.test},
                                                             {"fold_in", &split.fold_in}};
  for (const auto& [name, part] : parts) {
    for (const std::int32_t row : *part) {
      if (row < 0 || static_cast<std::size_t>(row) >= table) {
        return fmt::format("{} has row {} of a table of {}", name, row, table);
      }
      char& now = state[static_cast<std::size_t>(row)];
      if (now == kNotGiven) return fmt::format("{} has row {}, which was not given", name, row);
      if (now == kTaken) return fmt::format("{} has row {}, which is in a part already", name, row);
      now = kTaken;
    }
  }
  if (split.train.empty()) return "the train part is empty";
  if (split.test.empty()) return "the test part is empty";
  return "";
}

bool equal(const Split& a, const Split& b) {
  return a.train == b.train && a.validation == b.validation && a.test == b.test &&
         a.fold_in == b.fold_in && a.notes == b.notes;
}

}  // namespace

Findings check_splitter(const Factory<Splitter>& make, const SplitterCheck& options,
                        const Watch& watch) {
  Checks checks(watch);
  std::unique_ptr<Splitter> splitter;
  std::int64_t folds = 0;
  const bool counts = checks.run("has at least one fold", [&] {
    splitter = make();
    folds = splitter->count();
    return folds >= 1 ? std::string() : fmt::format("count() is {}", folds);
  });
  if (!counts) return checks.take();
  folds = std::min(folds, options.folds);

  const Toy toy = additive_toy();
  const Data& data = options.data != nullptr ? *options.data : toy.data;
  const std::size_t table = data.interactions.size();
  RowNumbers all(table);
  for (std::size_t row = 0; row < table; ++row) all[row] = static_cast<std::int32_t>(row);
  RowNumbers some;
  for (std::size_t row = 0; row < table; ++row) {
    if (row % 4 != 1) some.push_back(static_cast<std::int32_t>(row));
  }

  const std::pair<const char*, const RowNumbers*> given[] = {{"all rows", &all},
                                                             {"three rows of four", &some}};
  for (const auto& [name, rows] : given) {
    // Of each fold; clang's C++17 does not capture structured bindings.
    const RowNumbers& divided = *rows;
    std::vector<Split> splits;
    const bool divides =
        checks.run(fmt::format("divides {} into disjoint parts", name), [&]() -> std::string {
          for (std::int64_t fold = 0; fold < folds; ++fold) {
            splits.push_back(divide(*splitter, fold, data, divided, options, 1));
            const std::string wrong = parts_of(splits.back(), divided, table);
            if (!wrong.empty()) return fmt::format("fold {}: {}", fold, wrong);
          }
          return "";
        });
    if (!divides) continue;
    checks.run(fmt::format("divides {} the same again, in any order of folds", name),
               [&]() -> std::string {
                 for (std::int64_t fold = folds - 1; fold >= 0; --fold) {
                   const Split again = divide(*splitter, fold, data, divided, options, 1);
                   if (!equal(again, splits[static_cast<std::size_t>(fold)])) {
                     return fmt::format("fold {} differs when asked for again", fold);
                   }
                 }
                 return "";
               });
    for (const int threads : {2, 3}) {
      checks.run(fmt::format("divides {} the same on {} threads", name, threads),
                 [&]() -> std::string {
                   const std::unique_ptr<Splitter> other = make();
                   for (std::int64_t fold = 0; fold < folds; ++fold) {
                     const Split again = divide(*other, fold, data, divided, options, threads);
                     if (!equal(again, splits[static_cast<std::size_t>(fold)])) {
                       return fmt::format("fold {} differs", fold);
                     }
                   }
                   return "";
                 });
    }
  }
  return checks.take();
}

}  // namespace cofi::testing
