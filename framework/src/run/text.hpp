// Small pieces of text that several parts of the runner write.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cofi/error.hpp"

namespace cofi::run {

COFI_API std::string grouped(std::int64_t number);   // 1234567 -> "1,234,567"
COFI_API std::string bytes_text(double bytes);       // "13.4 MB"
COFI_API std::string duration_text(double seconds);  // "0.83 s", "12 s", "3 min 20 s", "2 h 5 min"
COFI_API std::string first_line(const std::string& text);  // up to the first line break
// The text with everything but letters, digits, '.', '_' and '-' as '_': a name for a file.
COFI_API std::string file_name_of(const std::string& text);

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace cofi::run
