// cofi list
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "cofi/error.hpp"

#include "command.hpp"
#include "core/suggest.hpp"
#include "plugin/registry.hpp"

namespace cofi::cli {
namespace {

// Characters, of UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0u) != 0x80u; }));
}

void print(const std::vector<plugin::Listing>& listings) {
  std::vector<std::array<std::string, 4>> rows;
  for (const plugin::Listing& each : listings) {
    rows.push_back({each.kind + "/" + each.name, each.version,
                    each.problem.empty() ? each.summary : "(" + each.problem + ")", each.path});
  }
  std::array<std::size_t, 3> widths{};
  for (const auto& row : rows) {
    for (std::size_t n = 0; n < widths.size(); ++n) widths[n] = std::max(widths[n], width(row[n]));
  }
  for (const auto& row : rows) {
    for (std::size_t n = 0; n < widths.size(); ++n) {
      std::cout << row[n] << std::string(widths[n] - width(row[n]) + 2, ' ');
    }
    std::cout << row[3] << "\n";
  }
}

int call_list(const Arguments& arguments) {
  const std::string kind = arguments.positionals.empty() ? "" : arguments.positionals[0];
  if (!kind.empty()) plugin::Registry::check_kind(kind);
  const auto registry = plugin::Registry::standard(arguments.texts("plugin-path"));
  const std::vector<plugin::Listing> listings = registry.list(kind);
  if (listings.empty()) {
    std::cerr << "no plugins" << (kind.empty() ? "" : " of kind " + kind)
              << "; looked in: " << listed(registry.folders()) << "\n";
  }
  print(listings);
  return 0;
}

}  // namespace

Command list_command() {
  return {"list",
          "[KIND]",
          0,
          1,
          "Lists the plugins: kind/name, version, what it is, its file.",
          {plugin_path_option()},
          "cofi list\n"
          "cofi list model",
          &call_list};
}

}  // namespace cofi::cli
