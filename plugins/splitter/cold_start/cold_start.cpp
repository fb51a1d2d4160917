// All rows of some drawn items (or users) are the test part, so that training never sees them.
#include <cmath>
#include <string>
#include <vector>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("of", "items", "items|users", "Who is unknown in training."),
    cofi::real("fraction", "0.1", 0, 1, "The fraction of those items or users to draw."),
    cofi::kSeedParam,
};

class ColdStart final : public cofi::Splitter {
 public:
  explicit ColdStart(const cofi::Params& params)
      : params_(params), of_(params.text("of")), fraction_(params.real("fraction")) {
    if (fraction_ <= 0 || fraction_ >= 1) {
      throw params.error("fraction", "must lie between 0 and 1");
    }
  }

  std::int64_t count() const override { return 1; }

  cofi::Split at(std::int64_t, const cofi::Data& data, cofi::View<std::int32_t> rows,
                 const cofi::LoadContext& context) const override {
    const bool items = of_ == "items";
    const auto& ids = items ? data.interactions.items : data.interactions.users;
    const std::int32_t size = items ? data.items.size() : data.users.size();
    enum : char { kAbsent, kPresent, kTested };
    std::vector<char> state(static_cast<std::size_t>(size), kAbsent);
    for (const std::int32_t row : rows) {
      state[static_cast<std::size_t>(ids[static_cast<std::size_t>(row)])] = kPresent;
    }
    std::vector<std::int32_t> present;
    for (std::int32_t id = 0; id < size; ++id) {
      if (state[static_cast<std::size_t>(id)] == kPresent) present.push_back(id);
    }
    const double wanted = std::nearbyint(fraction_ * static_cast<double>(present.size()));
    if (wanted < 1 || wanted >= static_cast<double>(present.size())) {
      throw cofi::Error("splitter/cold_start: fraction takes ", static_cast<std::int64_t>(wanted),
                        " of ", present.size(), " ", of_,
                        " for testing; at least one must be tested and one left");
    }
    cofi::Random random = cofi::random_of(params_, context).stream("cold_start").stream(of_);
    const std::vector<std::int32_t> drawn =
        random.permutation(static_cast<std::int32_t>(present.size()));
    for (std::size_t n = 0; n < static_cast<std::size_t>(wanted); ++n) {
      state[static_cast<std::size_t>(present[static_cast<std::size_t>(drawn[n])])] = kTested;
    }
    cofi::Split split;
    for (const std::int32_t row : rows) {
      const auto id = static_cast<std::size_t>(ids[static_cast<std::size_t>(row)]);
      (state[id] == kTested ? split.test : split.train).push_back(row);
    }
    return split;
  }

 private:
  cofi::Params params_;
  std::string of_;
  double fraction_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, ColdStart, "cold_start", "1.0.0",
            "All rows of some items or users for testing.", kParams)
