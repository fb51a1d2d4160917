// cofi describe
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <sstream>
#include <vector>

#include "cofi/error.hpp"

#include "command.hpp"
#include "plugin/registry.hpp"
#include "plugin/tag.hpp"
#include "spec/experiment.hpp"

namespace cofi::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> choices_of(const cofi_param& row) {
  std::vector<std::string> choices;
  std::istringstream all(row.choices);
  for (std::string choice; std::getline(all, choice, '|');) choices.push_back(choice);
  return choices;
}

const char* type_name(const cofi_param& row) {
  switch (row.type) {
    case COFI_INT:
      return "int";
    case COFI_REAL:
      return "real";
    case COFI_BOOL:
      return "bool";
    case COFI_STRING:
      return "string";
    default:
      return "plugin";
  }
}

// "a list of int, 1 to 100, late".
std::string type_text(const cofi_param& row) {
  std::string text = row.shape == COFI_LIST  ? "a list of "
                     : row.shape == COFI_MAP ? "a map of "
                                             : "";
  text += row.type == COFI_PLUGIN_TYPE ? std::string(row.kind) + (row.shape == COFI_ONE ? "" : "s")
          : row.choices != nullptr     ? fmt::format("{}", fmt::join(choices_of(row), " | "))
                                       : type_name(row);
  if (row.type == COFI_INT || row.type == COFI_REAL) {
    const bool low = std::isfinite(row.low), high = std::isfinite(row.high);
    if (low && high) text += fmt::format(", {} to {}", row.low, row.high);
    if (low && !high) text += fmt::format(", at least {}", row.low);
    if (!low && high) text += fmt::format(", at most {}", row.high);
  }
  if (row.late != 0) text += ", late: one fit serves every value";
  return text;
}

// A YAML map that checks as it is, but for the required parameters: those wait as comments.
void print_yaml(const cofi_plugin& plugin, const std::string& file) {
  std::cout << fmt::format("# {}/{} {}: {}\n# {}\n", plugin.kind, plugin.name, plugin.version,
                           plugin.summary, file);
  if ((plugin.uses & COFI_USES_TRAIN) != 0) {
    std::cout
        << ((plugin.uses & COFI_USES_OPTIMIZER) != 0
                ? "# Learns by gradients: the spec's `train` applies, and it needs an "
                  "`optimizer`.\n"
                : "# Learns in epochs: what the spec's `train` says of epochs, validation and "
                  "checkpoints applies.\n");
  }
  std::cout << "use: " << plugin.name << "\n";
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    const cofi_param& row = plugin.params[n];
    std::cout << fmt::format("\n# {} ({})\n", row.doc, type_text(row));
    if (row.fallback == nullptr) {
      std::cout << "# " << row.name << ":  # required\n";
    } else {
      std::cout << row.name << ": " << row.fallback << "\n";
    }
  }
}

// The parsed defaults of a table, as check_parameters yields them.
Json defaults(const cofi_plugin& plugin, const plugin::Registry& registry) {
  std::vector<cofi_param> rows;
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    if (plugin.params[n].fallback != nullptr) rows.push_back(plugin.params[n]);
  }
  cofi_plugin optional = plugin;
  optional.params = rows.data();
  optional.param_count = static_cast<std::uint32_t>(rows.size());
  return spec::check_parameters(optional, "{}", std::string(plugin.kind) + "/" + plugin.name,
                                registry);
}

void print_json(const cofi_plugin& plugin, const std::string& file,
                const plugin::Registry& registry) {
  const Json fallback = defaults(plugin, registry);
  Json rows = Json::array();
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    const cofi_param& row = plugin.params[n];
    Json out = {{"name", row.name}, {"type", type_name(row)}};
    if (row.shape != COFI_ONE) out["shape"] = row.shape == COFI_LIST ? "list" : "map";
    if (row.type == COFI_PLUGIN_TYPE) out["kind"] = row.kind;
    out["required"] = row.fallback == nullptr;
    if (row.fallback != nullptr) out["default"] = fallback.at(row.name);
    if (row.type == COFI_INT || row.type == COFI_REAL) {
      if (std::isfinite(row.low)) out["low"] = row.low;
      if (std::isfinite(row.high)) out["high"] = row.high;
    }
    if (row.choices != nullptr) out["choices"] = choices_of(row);
    out["late"] = row.late != 0;
    out["doc"] = row.doc;
    rows.push_back(out);
  }
  const Json all = {{"kind", plugin.kind},
                    {"name", plugin.name},
                    {"version", plugin.version},
                    {"summary", plugin.summary},
                    {"file", file},
                    {"build_tag", plugin::runner_tag()},
                    {"uses_train", (plugin.uses & COFI_USES_TRAIN) != 0},
                    {"uses_optimizer", (plugin.uses & COFI_USES_OPTIMIZER) != 0},
                    {"parameters", rows}};
  std::cout << all.dump(2) << "\n";
}

int call_describe(const Arguments& arguments) {
  const std::string& which = arguments.positionals[0];
  const std::size_t slash = which.find('/');
  if (slash == which.npos) {
    throw Error("cofi describe takes KIND/NAME ('model/svd'), and got '", which,
                "'; cofi list shows what there is");
  }
  const auto registry = plugin::Registry::standard(arguments.texts("plugin-path"));
  const std::string kind = which.substr(0, slash), name = which.substr(slash + 1);
  const cofi_plugin& plugin = registry.get(kind, name);
  if (arguments.flag("json")) {
    print_json(plugin, registry.path(kind, name), registry);
  } else {
    print_yaml(plugin, registry.path(kind, name));
  }
  return 0;
}

}  // namespace

Command describe_command() {
  return {"describe",
          "KIND/NAME",
          1,
          1,
          "Prints a plugin's parameters with their defaults, as YAML to paste into a spec.",
          {{"json", "", "Print JSON instead."}, plugin_path_option()},
          "cofi describe model/svd\n"
          "cofi describe optimizer/adam --json",
          &call_describe};
}

}  // namespace cofi::cli
