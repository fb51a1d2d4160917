// A fraction of the rows, drawn at random, is the test part.
#include <cmath>

#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("test", "0.2", 0, 1, "The fraction of the rows to test on, between 0 and 1."),
    cofi::kGeneratorParam,
    cofi::kSeedParam,
};

class Ratio final : public cofi::Splitter {
 public:
  explicit Ratio(const cofi::Params& params) : params_(params), test_(params.real("test")) {
    if (test_ <= 0 || test_ >= 1) throw params.error("test", "must lie between 0 and 1");
  }

  std::int64_t count() const override { return 1; }

  cofi::Split at(std::int64_t, const cofi::Data&, cofi::View<std::int32_t> rows,
                 const cofi::LoadContext& context) const override {
    cofi::Drawing drawing(params_, context);
    // Halves to even, as Python rounds.
    const double size = std::nearbyint(test_ * static_cast<double>(rows.size()));
    return cofi::draw_test(rows, static_cast<std::int64_t>(size), drawing, "splitter/ratio: test");
  }

 private:
  cofi::Params params_;
  double test_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, Ratio, "ratio", "1.0.0", "A random fraction of the rows for testing.",
            kParams)
