// Users whom training never sees: some of their rows are given to fold them in, the rest is tested.
#include <algorithm>
#include <cmath>
#include <vector>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

using cofi::Error;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::real("users", "0.2", 0, 1, "The fraction of the users to hold out."),
    cofi::real("fold_in", "0.8", 0, 1, "The fraction of a held-out user's rows that is given."),
    cofi::choice("by", "random", "random|time", "Which rows are given: drawn, or the earliest."),
    cofi::kSeedParam,
};

class UserHoldout final : public cofi::Splitter {
 public:
  explicit UserHoldout(const cofi::Params& params)
      : params_(params),
        users_(params.real("users")),
        fold_in_(params.real("fold_in")),
        by_time_(params.text("by") == "time") {
    if (users_ <= 0 || users_ >= 1) throw params.error("users", "must lie between 0 and 1");
    if (fold_in_ <= 0 || fold_in_ >= 1) throw params.error("fold_in", "must lie between 0 and 1");
  }

  std::int64_t count() const override { return 1; }

  cofi::Split at(std::int64_t, const cofi::Data& data, View<std::int32_t> rows,
                 const cofi::LoadContext& context) const override {
    const cofi::Interactions& table = data.interactions;
    if (by_time_ && table.times.empty()) {
      throw Error(
          "splitter/user_holdout: by: time needs timestamps, and the data has none; "
          "use by: random");
    }
    const cofi::Random base = cofi::random_of(params_, context).stream("user_holdout");
    std::vector<std::int32_t> owners(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) {
      owners[n] = table.users[static_cast<std::size_t>(rows[n])];
    }
    const cofi::Grouping by_user = cofi::group_by(owners, data.users.size());
    enum Part : char { kTrain, kFoldIn, kTest };
    std::vector<Part> parts(rows.size(), kTrain);
    for (const std::int32_t user : held_out(by_user, data.users.size(), base)) {
      const std::vector<std::int32_t> own =
          by_time_
              ? cofi::by_time(by_user.group(user), rows, table)
              : cofi::in_random_order(by_user.group(user),
                                      base.stream("rows").stream(static_cast<std::uint64_t>(user)));
      const auto size = static_cast<std::int64_t>(own.size());
      const auto wanted =
          static_cast<std::int64_t>(std::nearbyint(fold_in_ * static_cast<double>(size)));
      const std::int64_t given = std::clamp<std::int64_t>(wanted, 1, size - 1);
      for (std::int64_t n = 0; n < size; ++n) {
        parts[static_cast<std::size_t>(own[static_cast<std::size_t>(n)])] =
            n < given ? kFoldIn : kTest;
      }
    }
    cofi::Split split;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      auto& part = parts[n] == kTrain    ? split.train
                   : parts[n] == kFoldIn ? split.fold_in
                                         : split.test;
      part.push_back(rows[n]);
    }
    return split;
  }

 private:
  // Drawn among the users with two rows or more: one to give and one to ask for.
  std::vector<std::int32_t> held_out(const cofi::Grouping& by_user, std::int32_t users,
                                     const cofi::Random& base) const {
    std::vector<std::int32_t> able;
    std::int64_t all = 0;
    for (std::int32_t user = 0; user < users; ++user) {
      const std::size_t size = by_user.group(user).size();
      if (size > 0) ++all;
      if (size > 1) able.push_back(user);
    }
    const auto size = static_cast<std::int64_t>(std::nearbyint(users_ * static_cast<double>(all)));
    if (size < 1 || size >= all || size > static_cast<std::int64_t>(able.size())) {
      throw Error("splitter/user_holdout: users: holds out ", size, " of ", all, " users, ",
                  able.size(),
                  " of whom have the two rows that it takes; at least one must be "
                  "held out and one left");
    }
    cofi::Random random = base.stream("users");
    const std::vector<std::int32_t> drawn =
        random.permutation(static_cast<std::int32_t>(able.size()));
    std::vector<std::int32_t> held;
    for (std::int64_t n = 0; n < size; ++n) {
      held.push_back(able[static_cast<std::size_t>(drawn[static_cast<std::size_t>(n)])]);
    }
    return held;
  }

  cofi::Params params_;
  double users_, fold_in_;
  bool by_time_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, UserHoldout, "user_holdout", "1.0.0",
            "Users unseen in training, folded in by a part of their rows.", kParams)
