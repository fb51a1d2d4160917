// Mean distance of two items of a list. See README.md beside this file.
#include <limits>
#include <string>

#include "cofi/plugin/plugin.hpp"
#include "cofi/ranking.hpp"

#include "distances.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("at", "10", 2, 1000, "The length of the lists."),
    cofi::choice("distance", "cosine", "cosine|cooccurrence|jaccard|tag_cosine",
                 "Of training values, of who has the items, or (the last two) of the items' tags."),
};

class IntraListDistance final : public cofi::RankingMetric {
 public:
  explicit IntraListDistance(const cofi::Params& params)
      : at_(params.integer("at")), distance_(params.text("distance")) {}

  cofi::RankingNeeds ranking() const override {
    return {at_, false, distance_ == "jaccard" || distance_ == "tag_cosine"};
  }

  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const auto distance = intra_list_distance::distance_named(distance_, context);
    return cofi::mean_over_users(
        *context.ranking, at_, cofi::Over::kAllUsers, [&](const cofi::RankedUser& user) {
          const std::size_t n = user.list.size();
          if (n < 2) return std::numeric_limits<double>::quiet_NaN();
          double sum = 0;
          for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = a + 1; b < n; ++b) {
              sum += distance->between(user.list[a], user.list[b]);
            }
          }
          return sum / (static_cast<double>(n) * static_cast<double>(n - 1) / 2);
        });
  }

 private:
  std::int64_t at_;
  std::string distance_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, IntraListDistance, "intra_list_distance", "1.0.0",
            "Mean distance of two items of a list: how diverse lists are.", kParams)
