#include "run/plugin_tree.hpp"

#include <functional>

#include "run/digest.hpp"

namespace cofi::run {
namespace {

using Visit = std::function<void(const cofi_plugin&, spec::Json& plugin, const std::string& path)>;

void walk(const plugin::Registry& registry, const std::string& kind, spec::Json& json,
          const std::string& path, const Visit& visit) {
  const cofi_plugin& plugin = registry.get(kind, json.at("use").get<std::string>());
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    const cofi_param& row = plugin.params[n];
    if (row.type != COFI_PLUGIN_TYPE || !json.contains(row.name)) continue;
    spec::Json& value = json.at(row.name);
    const std::string below = path + row.name + ".";
    if (value.is_null()) continue;
    if (row.shape == COFI_ONE) {
      walk(registry, row.kind, value, below, visit);
    } else {
      for (auto& [name, nested] : value.items()) {
        walk(registry, row.kind, nested, below + name + ".", visit);
      }
    }
  }
  // What a nested model has of its own beside its parameters.
  if (!path.empty() && json.contains("optimizer")) {
    walk(registry, "optimizer", json.at("optimizer"), path + "optimizer.", visit);
  }
  visit(plugin, json, path);
}

}  // namespace

void add_plugin_digests(const plugin::Registry& registry, const std::string& kind,
                        const spec::Json& plugin, std::map<std::string, std::string>& digests) {
  if (plugin.is_null()) return;
  spec::Json copy = plugin;
  walk(registry, kind, copy, "", [&](const cofi_plugin& found, spec::Json&, const std::string&) {
    digests[std::string(found.kind) + "/" + found.name] =
        digest_of_file(registry.path(found.kind, found.name));
  });
}

spec::Json take_late(const plugin::Registry& registry, const std::string& kind,
                     spec::Json& plugin) {
  spec::Json late = spec::Json::object();
  walk(registry, kind, plugin, "",
       [&](const cofi_plugin& found, spec::Json& json, const std::string& path) {
         // What a nested plugin does when it predicts, its owner may have learned from.
         if (!path.empty()) return;
         for (std::uint32_t n = 0; n < found.param_count; ++n) {
           const cofi_param& row = found.params[n];
           if (row.late == 0 || !json.contains(row.name)) continue;
           late[row.name] = json.at(row.name);
           json.erase(row.name);
         }
       });
  return late;
}

}  // namespace cofi::run
