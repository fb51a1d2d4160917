// cofi --version
#include <fmt/format.h>

#include "command.hpp"
#include "core/suggest.hpp"
#include "plugin/registry.hpp"
#include "plugin/tag.hpp"

namespace cofi::cli {

std::string version_text() {
  // The build tag says which LibTorch: "...;torch=1.13.1;...".
  const std::string tag = plugin::runner_tag();
  const std::size_t torch = tag.find(";torch=") + 7;
  return fmt::format(
      "cofi {}\n"
      "build tag: {}\n"
      "LibTorch: {}\n"
      "compiler: {}\n"
      "backends: {}\n",
      COFI_VERSION, tag, tag.substr(torch, tag.find(';', torch) - torch), COFI_COMPILER,
      listed(plugin::Registry::standard().names("backend")));
}

}  // namespace cofi::cli
