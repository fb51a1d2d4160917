// A number of rows, drawn at random, is the test part.
#include "cofi/drawing.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("test", nullptr, 1, 2147483646, "How many rows to test on."),
    cofi::kGeneratorParam,
    cofi::kSeedParam,
};

class Count final : public cofi::Splitter {
 public:
  explicit Count(const cofi::Params& params) : params_(params), test_(params.integer("test")) {}

  std::int64_t count() const override { return 1; }

  cofi::Split at(std::int64_t, const cofi::Data&, cofi::View<std::int32_t> rows,
                 const cofi::LoadContext& context) const override {
    cofi::Drawing drawing(params_, context);
    return cofi::draw_test(rows, test_, drawing, "splitter/count: test");
  }

 private:
  cofi::Params params_;
  std::int64_t test_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, Count, "count", "1.0.0", "A random number of rows for testing.",
            kParams)
