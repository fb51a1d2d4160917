// Fraction of concordant pairs (Koren and Sill 2011, "OrdRec", section 5.2).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice(
        "variant", "koren", "koren|surprise",
        "koren: pairs of all users together; surprise: its means over users that have any."),
};

struct Rated {
  float value, prediction;
};

// How many i < j have rated[i].prediction < rated[j].prediction; sorts them by prediction on the
// way. Bottom-up merge sort, O(n log n).
std::int64_t count_ascending(std::vector<Rated>& rated, std::vector<Rated>& merged) {
  const std::size_t n = rated.size();
  merged.resize(n);
  std::int64_t ascending = 0;
  for (std::size_t width = 1; width < n; width *= 2) {
    for (std::size_t begin = 0; begin < n; begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, n);
      const std::size_t end = std::min(begin + 2 * width, n);
      std::size_t left = begin;
      std::size_t right = middle;
      for (std::size_t out = begin; out < end; ++out) {
        const bool take_left =
            left < middle && (right == end || rated[left].prediction < rated[right].prediction);
        if (take_left) {
          ascending += static_cast<std::int64_t>(end - right);
          merged[out] = rated[left++];
        } else {
          merged[out] = rated[right++];
        }
      }
    }
    rated.swap(merged);
  }
  return ascending;
}

struct Pairs {
  std::int64_t concordant = 0, discordant = 0;
};

// Sorting by value, and within a value by falling prediction, makes every ascending pair one whose
// values differ. What is not concordant among pairs of different values is discordant, ties of the
// predictions included.
Pairs pairs_of(std::vector<Rated>& rated, std::vector<Rated>& scratch) {
  std::sort(rated.begin(), rated.end(), [](const Rated& a, const Rated& b) {
    return a.value < b.value || (a.value == b.value && a.prediction > b.prediction);
  });
  const auto choose_two = [](std::int64_t n) { return n * (n - 1) / 2; };
  std::int64_t different = choose_two(static_cast<std::int64_t>(rated.size()));
  for (std::size_t begin = 0, end = 0; begin < rated.size(); begin = end) {
    while (end < rated.size() && rated[end].value == rated[begin].value) ++end;
    different -= choose_two(static_cast<std::int64_t>(end - begin));
  }
  Pairs pairs;
  pairs.concordant = count_ascending(rated, scratch);
  pairs.discordant = different - pairs.concordant;
  return pairs;
}

class Fcp final : public cofi::Metric {
 public:
  explicit Fcp(const cofi::Params& params) : surprise_(params.text("variant") == "surprise") {}
  bool higher_is_better() const override { return true; }

  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    cofi::MetricValue fcp;
    for (const float prediction : context.predictions) {
      if (std::isnan(prediction)) return fcp;
    }
    const auto users = static_cast<std::int32_t>(context.user_counts.size());
    const cofi::Grouping by_user = cofi::group_by(context.interactions.users, users);
    std::vector<Rated> rated;
    std::vector<Rated> scratch;
    Pairs sum;
    Pairs users_with;
    for (std::int32_t user = 0; user < users; ++user) {
      rated.clear();
      for (const std::int32_t row : by_user.group(user)) {
        const auto at = static_cast<std::size_t>(row);
        rated.push_back({context.interactions.values[at], context.predictions[at]});
      }
      const Pairs pairs = pairs_of(rated, scratch);
      if (pairs.concordant + pairs.discordant == 0) continue;
      sum.concordant += pairs.concordant;
      sum.discordant += pairs.discordant;
      users_with.concordant += pairs.concordant > 0;
      users_with.discordant += pairs.discordant > 0;
      fcp.users.push_back(user);
      fcp.per_user.push_back(
          fraction(static_cast<double>(pairs.concordant), static_cast<double>(pairs.discordant)));
    }
    if (fcp.users.empty()) return fcp;
    fcp.value = surprise_ ? fraction(mean(sum.concordant, users_with.concordant),
                                     mean(sum.discordant, users_with.discordant))
                          : fraction(static_cast<double>(sum.concordant),
                                     static_cast<double>(sum.discordant));
    return fcp;
  }

 private:
  static double fraction(double concordant, double discordant) {
    return concordant / (concordant + discordant);
  }
  static double mean(std::int64_t sum, std::int64_t users) {
    return users == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(users);
  }

  bool surprise_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Fcp, "fcp", "1.0.0", "Fraction of concordant pairs.", kParams)
