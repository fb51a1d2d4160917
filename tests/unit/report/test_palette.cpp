#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "report/palette.hpp"

using namespace cofi::report;

namespace {

// WCAG 2.1.
double luminance(unsigned rgb) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (int n = 0; n < 3; ++n) {
    const double byte = ((rgb >> (16 - 8 * n)) & 255U) / 255.0;
    sum += weights[n] * (byte <= 0.04045 ? byte / 12.92 : std::pow((byte + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(unsigned a, unsigned b) {
  const double one = luminance(a), other = luminance(b);
  return (std::max(one, other) + 0.05) / (std::min(one, other) + 0.05);
}

}  // namespace

TEST_CASE("Colours stand out from both papers") {
  for (std::size_t n = 0; n < kCurveInks; ++n) {
    INFO("curve " << n);
    CHECK(contrast(ink_rgb(curve_ink(n)), ink_rgb(kPaperInk)) >= 3);
    CHECK(contrast(ink_rgb_dark(curve_ink(n)), ink_rgb_dark(kPaperInk)) >= 3);
  }
  for (const Ink ink : {kTextInk, kMutedInk}) {
    CHECK(contrast(ink_rgb(ink), ink_rgb(kPaperInk)) >= 4.5);
    CHECK(contrast(ink_rgb_dark(ink), ink_rgb_dark(kPaperInk)) >= 4.5);
  }
  SECTION("and are found again in what gnuplot draws") {
    for (std::size_t n = 0; n < kInks; ++n) {
      CHECK(ink_of(ink_rgb(static_cast<Ink>(n))) == static_cast<int>(n));
    }
    CHECK(ink_of(0x123456) == -1);
  }
}

TEST_CASE("Cividis from dark blue to yellow, with text that can be read on it") {
  CHECK(cividis(0) == 0x00224e);
  CHECK(cividis(1) == 0xfee838);
  CHECK(cividis(2) == cividis(1));
  CHECK_FALSE(is_light(cividis(0)));
  CHECK(is_light(cividis(1)));
  for (double share = 0; share <= 1; share += 0.05) {
    const unsigned rgb = cividis(share);
    CHECK(contrast(rgb, is_light(rgb) ? 0x101010 : 0xfafafa) >= 4);
  }
}
