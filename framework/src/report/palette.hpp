// The colours of pictures and page: each one has a form for light and one for dark backgrounds.
#pragma once

#include <cstddef>
#include <string>

#include "cofi/error.hpp"

namespace cofi::report {

// Places in the palette: colours of things, then those of curves.
enum Ink : std::size_t { kTextInk, kMutedInk, kGridInk, kAxisInk, kPaperInk, kFirstCurveInk };
constexpr std::size_t kCurveInks = 8;

inline Ink curve_ink(std::size_t n) { return static_cast<Ink>(kFirstCurveInk + n % kCurveInks); }

// On light paper: what gnuplot draws with, 0xRRGGBB, told from all others.
COFI_API unsigned ink_rgb(Ink ink);
COFI_API unsigned ink_rgb_dark(Ink ink);
// The ink of that colour, or -1.
COFI_API int ink_of(unsigned rgb);
constexpr std::size_t kInks = kFirstCurveInk + kCurveInks;

// Style rules: variables --ink0, ... that follow prefers-color-scheme, and the classes s0 (stroke),
// f0 (fill) and c0 (color), ... that use them.
COFI_API std::string ink_css();

// A share of the way through cividis (Nunez, Anderton and Renslow 2018), a colour map that colour-
// blind readers see as others do: 0 dark blue, 1 yellow.
COFI_API unsigned cividis(double share);
// Whether dark text reads better on the colour than light text.
COFI_API bool is_light(unsigned rgb);

}  // namespace cofi::report
