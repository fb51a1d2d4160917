// What happened after a moment is the test part, what happened before it trains.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

using cofi::Error;

constexpr cofi_param kParams[] = {
    cofi::real("test", "0.2", 0, 1, "The fraction of the rows, the latest ones, to test on."),
    cofi::integer("at", "null", -9007199254740992, 9007199254740992,
                  "Instead: the moment from which on rows are tested, in seconds since 1970."),
};

class Temporal final : public cofi::Splitter {
 public:
  explicit Temporal(const cofi::Params& params) : params_(params), test_(params.real("test")) {
    if (test_ <= 0 || test_ >= 1) throw params.error("test", "must lie between 0 and 1");
  }

  std::int64_t count() const override { return 1; }

  cofi::Split at(std::int64_t, const cofi::Data& data, cofi::View<std::int32_t> rows,
                 const cofi::LoadContext&) const override {
    const cofi::Column<std::int64_t>& times = data.interactions.times;
    if (times.empty()) {
      throw Error(
          "splitter/temporal: needs timestamps, and the data has none; name their column, "
          "or use another splitter");
    }
    const std::int64_t cut = params_.has("at") ? params_.integer("at") : cut_of(times, rows);
    cofi::Split split;
    for (const std::int32_t row : rows) {
      (times[static_cast<std::size_t>(row)] >= cut ? split.test : split.train).push_back(row);
    }
    if (split.train.empty() || split.test.empty()) {
      throw Error("splitter/temporal: ", params_.has("at") ? "at" : "test", ": all ", rows.size(),
                  " rows are ", split.train.empty() ? "at or after" : "before", " the moment ", cut,
                  "; at least one must be tested and one left");
    }
    return split;
  }

 private:
  // The time of the first of the tested rows: linear, without sorting.
  std::int64_t cut_of(const cofi::Column<std::int64_t>& times,
                      cofi::View<std::int32_t> rows) const {
    const double size = std::nearbyint(test_ * static_cast<double>(rows.size()));
    if (size < 1 || size >= static_cast<double>(rows.size())) {
      throw Error("splitter/temporal: test takes ", static_cast<std::int64_t>(size), " of ",
                  rows.size(), " rows for testing; at least one must be tested and one left");
    }
    std::vector<std::int64_t> all(rows.size());
    for (std::size_t n = 0; n < rows.size(); ++n) all[n] = times[static_cast<std::size_t>(rows[n])];
    const auto place = all.end() - static_cast<std::ptrdiff_t>(size);
    std::nth_element(all.begin(), place, all.end());
    return *place;
  }

  cofi::Params params_;
  double test_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, Temporal, "temporal", "1.0.0",
            "The latest rows, after one moment for all users, for testing.", kParams)
