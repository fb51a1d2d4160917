// The token that a world's processes know: proved, never sent.
#pragma once

#include <string>

#include "cofi/error.hpp"

namespace cofi::world {

// 32 random bytes, as hexadecimal digits.
COFI_API std::string random_token();
// HMAC-SHA256 (RFC 2104) of the text, as hexadecimal digits.
COFI_API std::string proof(const std::string& token, const std::string& text);
// Takes the same time wherever they differ.
bool same_proof(const std::string& a, const std::string& b);

}  // namespace cofi::world
