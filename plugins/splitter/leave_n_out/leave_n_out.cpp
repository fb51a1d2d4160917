// A number or a fraction of each user's rows, random or latest ones, is the test part.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

using cofi::Error;
using cofi::Split;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::integer("n", "null", 1, 2147483646, "How many rows of each user to test on (1)."),
    cofi::real("fraction", "null", 0, 1, "Instead of n: which fraction of each user's rows."),
    cofi::choice("by", "random", "random|time", "Which rows: drawn ones, or each user's latest."),
    cofi::choice("too_few", "keep", "error|keep",
                 "Users with too few rows: kept whole for training, or an error."),
    cofi::kSeedParam,
};

class LeaveNOut final : public cofi::Splitter {
 public:
  explicit LeaveNOut(const cofi::Params& params)
      : params_(params),
        n_(params.has("n") ? params.integer("n") : 1),
        fraction_(params.optional_real("fraction").value_or(0)),
        by_time_(params.text("by") == "time"),
        keep_(params.text("too_few") == "keep") {
    if (!params.has("fraction")) return;
    if (params.has("n")) throw params.error("fraction", "give either n or fraction");
    if (fraction_ <= 0 || fraction_ >= 1) {
      throw params.error("fraction", "must lie between 0 and 1");
    }
  }

  std::int64_t count() const override { return 1; }

  Split at(std::int64_t, const cofi::Data& data, View<std::int32_t> rows,
           const cofi::LoadContext& context) const override {
    const cofi::Interactions& table = data.interactions;
    if (by_time_ && table.times.empty()) {
      throw Error(
          "splitter/leave_n_out: by: time needs timestamps, and the data has none; "
          "use by: random");
    }
    std::vector<std::int32_t> users(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      users[n] = table.users[static_cast<std::size_t>(rows[n])];
    }
    const cofi::Grouping by_user = cofi::group_by(users, data.users.size());
    const cofi::Random base = cofi::random_of(params_, context).stream("leave_n_out");
    std::vector<char> tested(rows.size(), 0);
    std::int64_t few = 0, all = 0;
    std::string first;
    for (std::int32_t user = 0; user < data.users.size(); ++user) {
      const View<std::int32_t> group = by_user.group(user);
      if (group.empty()) continue;
      ++all;
      const std::int64_t size = size_of(static_cast<std::int64_t>(group.size()));
      if (size < 1 || size >= static_cast<std::int64_t>(group.size())) {
        if (few++ == 0) {
          first =
              "'" + std::string(data.users.name(user)) + "' with " + std::to_string(group.size());
        }
        continue;
      }
      // A stream a user: leaving a user out moves no other's draw.
      std::vector<std::int32_t> own =
          by_time_ ? cofi::by_time(group, rows, table)
                   : cofi::in_random_order(group, base.stream(static_cast<std::uint64_t>(user)));
      if (by_time_) std::reverse(own.begin(), own.end());
      for (std::int64_t n = 0; n < size; ++n) {
        tested[static_cast<std::size_t>(own[static_cast<std::size_t>(n)])] = 1;
      }
    }
    Split split;
    if (few > 0) {
      const std::string what = std::to_string(few) + " of " + std::to_string(all) +
                               " users have too few rows to test some and train on some, the "
                               "first " +
                               first;
      if (!keep_) {
        throw Error("splitter/leave_n_out: ", what,
                    "; test fewer, or keep such users whole with too_few: keep");
      }
      if (few == all) throw Error("splitter/leave_n_out: ", what, "; nothing is left to test");
      split.notes.push_back(what + "; kept whole for training");
    }
    for (std::size_t n = 0; n < rows.size(); ++n) {
      (tested[n] != 0 ? split.test : split.train).push_back(rows[n]);
    }
    if (split.test.empty()) throw Error("splitter/leave_n_out: there are no rows to divide");
    return split;
  }

 private:
  // Halves to even, as Python rounds.
  std::int64_t size_of(std::int64_t rows) const {
    if (fraction_ == 0) return n_;
    return static_cast<std::int64_t>(std::nearbyint(fraction_ * static_cast<double>(rows)));
  }

  cofi::Params params_;
  std::int64_t n_;
  double fraction_;
  bool by_time_, keep_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, LeaveNOut, "leave_n_out", "1.0.0",
            "Some rows of each user, random or latest, for testing.", kParams)
