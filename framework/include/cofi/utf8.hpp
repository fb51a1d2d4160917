// Whether text is UTF-8, and making it so.
#pragma once

#include <string>
#include <string_view>

#include "cofi/error.hpp"

namespace cofi {

// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
COFI_API bool is_utf8(std::string_view text);

// The text in UTF-8, if it is in Latin-1.
COFI_API std::string utf8_of_latin1(std::string_view text);

}  // namespace cofi
