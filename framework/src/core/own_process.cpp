#include "core/own_process.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/utsname.h>

namespace cofi {

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1) {
    arguments.emplace_back(all.c_str() + at);
  }
  return arguments;
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string host_name() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "?";
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace cofi
