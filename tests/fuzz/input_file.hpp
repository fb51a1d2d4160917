// A fuzzer's input as a file in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>

namespace cofi::fuzz {

// Overwrites this process' own file with the bytes and returns its path.
inline const std::string& input_file(const char* suffix, const std::uint8_t* bytes,
                                     std::size_t size) {
  static const std::string path = "/dev/shm/cofi-fuzz-" + std::to_string(getpid()) + suffix;
  static const bool removed_at_exit = std::atexit([] { std::remove(path.c_str()); }) == 0;
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  if (!removed_at_exit || !out.flush()) std::abort();
  return path;
}

}  // namespace cofi::fuzz
