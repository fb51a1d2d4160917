// Each row (or each user) is tested exactly once in every repeat.
#include <string>
#include <utility>
#include <vector>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("folds", "5", 2, 1000000, "Into how many parts to divide."),
    cofi::integer("repeats", "1", 1, 100000, "How often, each time drawn anew."),
    cofi::choice("by", "interaction", "interaction|user",
                 "What is dealt out to the folds: single rows, or users with all their rows."),
    cofi::kSeedParam,
};

class KFold final : public cofi::Splitter {
 public:
  explicit KFold(const cofi::Params& params)
      : params_(params),
        folds_(params.integer("folds")),
        repeats_(params.integer("repeats")),
        by_user_(params.text("by") == "user") {}

  std::int64_t count() const override { return folds_ * repeats_; }

  cofi::Split at(std::int64_t k, const cofi::Data& data, cofi::View<std::int32_t> rows,
                 const cofi::LoadContext& context) const override {
    std::vector<std::int32_t> units;  // [rows] what is dealt out: positions, or users numbered
    const std::size_t all = by_user_ ? number_users(data, rows, units) : rows.size();
    if (folds_ > static_cast<std::int64_t>(all)) {
      throw cofi::Error("splitter/k_fold: folds: ", folds_, " are more than the ", all,
                        by_user_ ? " users" : " rows", " to divide; give 2 to ", all);
    }
    // A stream a repeat, so that a fold costs the same whichever repeat it belongs to.
    cofi::Random random = cofi::random_of(params_, context)
                              .stream("k_fold")
                              .stream(static_cast<std::uint64_t>(k / folds_));
    const std::vector<std::int32_t> drawn = random.permutation(static_cast<std::int32_t>(all));
    const auto total = static_cast<std::int64_t>(all);
    const std::int64_t begin = (k % folds_) * total / folds_;
    const std::int64_t end = (k % folds_ + 1) * total / folds_;
    std::vector<char> tested(all, 0);
    for (std::int64_t n = begin; n < end; ++n) {
      tested[static_cast<std::size_t>(drawn[static_cast<std::size_t>(n)])] = 1;
    }
    cofi::Split split;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const std::size_t unit = by_user_ ? static_cast<std::size_t>(units[n]) : n;
      (tested[unit] != 0 ? split.test : split.train).push_back(rows[n]);
    }
    return split;
  }

 private:
  // The users that have rows, numbered in ascending order of their ids: each row's, and how many.
  static std::size_t number_users(const cofi::Data& data, cofi::View<std::int32_t> rows,
                                  std::vector<std::int32_t>& units) {
    const cofi::Column<std::int32_t>& users = data.interactions.users;
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(data.users.size()), -1);
    for (const std::int32_t row : rows) {
      numbers[static_cast<std::size_t>(users[static_cast<std::size_t>(row)])] = 0;
    }
    std::int32_t next = 0;
    for (std::int32_t& number : numbers) {
      if (number == 0) number = next++;
    }
    for (const std::int32_t row : rows) {
      units.push_back(numbers[static_cast<std::size_t>(users[static_cast<std::size_t>(row)])]);
    }
    return static_cast<std::size_t>(next);
  }

  cofi::Params params_;
  std::int64_t folds_, repeats_;
  bool by_user_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, KFold, "k_fold", "1.0.0",
            "Cross-validation: every row or user is tested once a repeat.", kParams)
