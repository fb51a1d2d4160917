// A number of random ratings of each user is the test part.
#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

using cofi::Data;
using cofi::Drawing;
using cofi::Error;
using cofi::Grouping;
using cofi::Split;
using cofi::View;
using cofi::Vocabulary;

constexpr cofi_param kParams[] = {
    cofi::integer("test", nullptr, 1, 2147483646, "How many ratings of each user to test on."),
    cofi::choice("too_few", "error", "error|keep",
                 "Users with no more ratings than that: an error, or kept whole for training."),
    cofi::kGeneratorParam,
    cofi::kSeedParam,
};

// Ids in ascending order of their numbers where all are whole numbers, else of their texts.
std::vector<std::int32_t> in_name_order(const Vocabulary& names) {
  std::vector<std::int32_t> ids(static_cast<std::size_t>(names.size()));
  std::iota(ids.begin(), ids.end(), 0);
  std::vector<std::int64_t> numbers(ids.size());
  const bool numeric = std::all_of(ids.begin(), ids.end(), [&](std::int32_t id) {
    const std::string_view name = names.name(id);
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, numbers[static_cast<std::size_t>(id)]);
    return parsed.ec == std::errc() && parsed.ptr == end;
  });
  std::stable_sort(ids.begin(), ids.end(), [&](std::int32_t a, std::int32_t b) {
    if (!numeric) return names.name(a) < names.name(b);
    return numbers[static_cast<std::size_t>(a)] < numbers[static_cast<std::size_t>(b)];
  });
  return ids;
}

class PerUser final : public cofi::Splitter {
 public:
  explicit PerUser(const cofi::Params& params)
      : params_(params),
        test_(static_cast<std::size_t>(params.integer("test"))),
        keep_(params.text("too_few") == "keep") {}

  std::int64_t count() const override { return 1; }

  Split at(std::int64_t, const Data& data, View<std::int32_t> rows,
           const cofi::LoadContext& context) const override {
    Drawing drawing(params_, context);
    std::vector<std::int32_t> users(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      users[n] = data.interactions.users[static_cast<std::size_t>(rows[n])];
    }
    const Grouping by_user = cofi::group_by(users, data.users.size());
    Split split;
    check_counts(by_user, data, split);

    std::vector<std::int32_t> item_ranks;  // numpy: a user's items are listed in this order
    if (drawing.as_numpy()) item_ranks = ranks(in_name_order(data.items));
    std::vector<char> tested(rows.size(), 0);
    for (const std::int32_t user : in_name_order(data.users)) {
      const View<std::int32_t> group = by_user.group(user);
      if (group.size() <= test_) continue;
      std::vector<std::int32_t> own(group.begin(), group.end());  // positions in rows
      if (drawing.as_numpy()) {
        const auto rank = [&](std::int32_t position) {
          const auto row = static_cast<std::size_t>(rows[static_cast<std::size_t>(position)]);
          return item_ranks[static_cast<std::size_t>(data.interactions.items[row])];
        };
        std::stable_sort(own.begin(), own.end(),
                         [&](std::int32_t a, std::int32_t b) { return rank(a) < rank(b); });
      }
      const std::vector<std::int32_t> drawn = drawing.permutation(own.size());
      for (std::size_t n = 0; n < test_; ++n) {
        const auto position = static_cast<std::size_t>(own[static_cast<std::size_t>(drawn[n])]);
        split.test.push_back(rows[position]);
        tested[position] = 1;
      }
    }
    for (std::size_t n = 0; n < rows.size(); ++n) {
      if (tested[n] == 0) split.train.push_back(rows[n]);
    }
    return split;
  }

 private:
  static std::vector<std::int32_t> ranks(const std::vector<std::int32_t>& order) {
    std::vector<std::int32_t> all(order.size());
    for (std::size_t n = 0; n < order.size(); ++n) {
      all[static_cast<std::size_t>(order[n])] = static_cast<std::int32_t>(n);
    }
    return all;
  }

  // Names the users with too few ratings, in an Error or a note. Those with none do not count.
  void check_counts(const Grouping& by_user, const Data& data, Split& split) const {
    constexpr std::size_t kNamed = 5;
    std::size_t few = 0, all = 0;
    std::string names;
    for (std::int32_t user = 0; user < data.users.size(); ++user) {
      const std::size_t size = by_user.group(user).size();
      if (size > 0) ++all;
      if (size == 0 || size > test_ || ++few > kNamed) continue;
      names += (names.empty() ? "'" : ", '") + std::string(data.users.name(user)) + "' (" +
               std::to_string(size) + ")";
    }
    if (few == 0) return;
    const std::string what = std::to_string(few) + " of " + std::to_string(all) +
                             " users have no more than " + std::to_string(test_) +
                             " ratings: " + names + (few > kNamed ? ", ..." : "");
    if (!keep_) {
      throw Error("splitter/per_user: test: ", what,
                  "; test fewer, or keep such users whole with too_few: keep");
    }
    if (few == all) throw Error("splitter/per_user: test: ", what, "; nothing is left to test");
    split.notes.push_back(what + "; kept whole for training");
  }

  cofi::Params params_;
  std::size_t test_;
  bool keep_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, PerUser, "per_user", "1.0.0",
            "Random ratings of each user for testing.", kParams)
