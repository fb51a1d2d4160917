#include "run/fold_notes.hpp"

#include <algorithm>

#include "run/text.hpp"

namespace cofi::run {
namespace {

// "36", or of several folds "36 to 45".
template <class Counts, class NumberOf>
std::string range(const std::vector<Counts>& folds, const NumberOf& number_of) {
  std::int64_t low = number_of(folds.front()), high = low;
  for (const Counts& fold : folds) {
    low = std::min(low, number_of(fold));
    high = std::max(high, number_of(fold));
  }
  return low == high ? grouped(low) : grouped(low) + " to " + grouped(high);
}

}  // namespace

void FoldNotes::add(const Fold& fold, const eval::Unseen& unseen) {
  said_.push_back(fold.split.notes);
  folds_.push_back({static_cast<std::int64_t>(fold.test.size()),
                    static_cast<std::int64_t>(fold.train.size()), unseen, fold.leaks});
}

std::vector<std::string> FoldNotes::all(const std::string& cold_start) const {
  std::vector<std::string> notes;
  if (folds_.empty()) return notes;
  const bool one = folds_.size() == 1;
  const bool alike =
      std::all_of(said_.begin(), said_.end(), [&](const auto& said) { return said == said_[0]; });
  for (std::size_t k = 0; k < (alike ? 1 : said_.size()); ++k) {
    for (const std::string& note : said_[k]) {
      notes.push_back((alike ? "" : "fold " + std::to_string(k) + ": ") + note);
    }
  }
  const auto any = [&](const auto& number_of) {
    return std::any_of(folds_.begin(), folds_.end(),
                       [&](const Counts& fold) { return number_of(fold) > 0; });
  };
  const auto test = [](const Counts& fold) { return fold.test; };
  const auto train = [](const Counts& fold) { return fold.train; };
  const auto pairs = [](const Counts& fold) { return fold.leaks.pairs; };
  const auto future = [](const Counts& fold) { return fold.leaks.future; };
  const std::string where = one ? "" : " in each of " + std::to_string(folds_.size()) + " folds";
  if (any(pairs)) {
    notes.push_back("leak: " + range(folds_, pairs) + " of " + range(folds_, test) + " test rows" +
                    where +
                    " have a user and item that stand in training, too; the dataset's duplicates "
                    "can be joined");
  }
  if (any(future)) {
    notes.push_back("leak: " + range(folds_, future) + " of " + range(folds_, train) +
                    " training rows" + where +
                    " are later than the first test row; splitter/temporal has none");
  }
  const auto rows = [](const Counts& fold) { return fold.unseen.rows; };
  if (any(rows)) {
    const auto users = [](const Counts& fold) { return fold.unseen.users; };
    const auto items = [](const Counts& fold) { return fold.unseen.items; };
    notes.push_back("test" + where + ": " + range(folds_, users) + " users and " +
                    range(folds_, items) + " items unseen in training (" + range(folds_, rows) +
                    " of " + range(folds_, test) + " rows); cold_start: " + cold_start);
  }
  return notes;
}

}  // namespace cofi::run
