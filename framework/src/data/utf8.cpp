#include "cofi/utf8.hpp"

#include <cstddef>

namespace cofi {
namespace {

// How many bytes the character that begins with `lead` has, and what its second may be; 0 bytes
// where none begins so.
struct Form {
  std::size_t bytes;
  unsigned char low, high;
};

Form form_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead < 0xF0) {
    return {3, static_cast<unsigned char>(lead == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(lead == 0xED ? 0x9F : 0xBF)};
  }
  if (lead > 0xF4) return {0, 0, 0};
  return {4, static_cast<unsigned char>(lead == 0xF0 ? 0x90 : 0x80),
          static_cast<unsigned char>(lead == 0xF4 ? 0x8F : 0xBF)};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Form form = form_of(static_cast<unsigned char>(text[at]));
    if (form.bytes == 0 || text.size() - at < form.bytes) return false;
    for (std::size_t n = 1; n < form.bytes; ++n) {
      const auto byte = static_cast<unsigned char>(text[at + n]);
      if (byte < (n == 1 ? form.low : 0x80) || byte > (n == 1 ? form.high : 0xBF)) return false;
    }
    at += form.bytes;
  }
  return true;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

}  // namespace cofi
