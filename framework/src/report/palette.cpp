#include "report/palette.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cofi::report {
namespace {

struct Shade {
  unsigned light, dark;
};

// Curves: Okabe and Ito's colours ("Color universal design", 2008), darkened or lightened so that
// each stands out from its background by at least 3:1, and the first six from each other for
// readers without one kind of cone, too.
constexpr std::array<Shade, kInks> kShades = {{{0x1f2429, 0xe8eaed},
                                               {0x5c6670, 0xa3adb8},
                                               {0xe3e6ea, 0x2c333b},
                                               {0x9aa3ad, 0x5f6973},
                                               {0xfffffe, 0x15191e},
                                               {0x0072b2, 0x4aa8e8},
                                               {0xb94a00, 0xf58a45},
                                               {0x00936b, 0x2cc79a},
                                               {0xb5588f, 0xe395c6},
                                               {0xc08600, 0xf0b93a},
                                               {0x4a4a4a, 0xc9ccd1},
                                               {0x3b94cf, 0xa5daf8},
                                               {0x4b2aa8, 0xf0e86a}}};

double linear(unsigned byte) {
  const double share = byte / 255.0;
  return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

}  // namespace

unsigned ink_rgb(Ink ink) { return kShades.at(ink).light; }
unsigned ink_rgb_dark(Ink ink) { return kShades.at(ink).dark; }

int ink_of(unsigned rgb) {
  for (std::size_t n = 0; n < kShades.size(); ++n) {
    if (kShades.at(n).light == rgb) return static_cast<int>(n);
  }
  return -1;
}

std::string ink_css() {
  std::string light, dark, classes;
  for (std::size_t n = 0; n < kShades.size(); ++n) {
    light += fmt::format("--ink{}:#{:06x};", n, kShades.at(n).light);
    dark += fmt::format("--ink{}:#{:06x};", n, kShades.at(n).dark);
    classes += fmt::format(
        ".s{0}{{stroke:var(--ink{0})}}.f{0}{{fill:var(--ink{0})}}"
        ".c{0}{{color:var(--ink{0})}}\n",
        n);
  }
  // Text over lines keeps them at a distance.
  classes +=
      ".f0 text{stroke:var(--ink4);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}\n";
  return ":root{" + light + "}\n@media screen and (prefers-color-scheme:dark){:root{" + dark +
         "}}\n" + classes;
}

unsigned cividis(double share) {
  // Every eighth of the published table.
  constexpr std::array<unsigned, 9> kColours = {0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173,
                                                0x8a8678, 0xa59c74, 0xc3b369, 0xfee838};
  const double at = std::clamp(share, 0.0, 1.0) * (kColours.size() - 1);
  const auto left = std::min<std::size_t>(static_cast<std::size_t>(at), kColours.size() - 2);
  const double right_share = at - static_cast<double>(left);
  unsigned rgb = 0;
  for (const unsigned shift : {16U, 8U, 0U}) {
    const double a = (kColours.at(left) >> shift) & 255U;
    const double b = (kColours.at(left + 1) >> shift) & 255U;
    rgb |= static_cast<unsigned>(std::lround(a + (b - a) * right_share)) << shift;
  }
  return rgb;
}

bool is_light(unsigned rgb) {
  // Where black and white contrast equally (WCAG 2.1, relative luminance).
  return 0.2126 * linear((rgb >> 16) & 255U) + 0.7152 * linear((rgb >> 8) & 255U) +
             0.0722 * linear(rgb & 255U) >
         0.179;
}

}  // namespace cofi::report
