#include "spec/plugin_finder.hpp"

#include <algorithm>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/grammar.hpp"
#include "spec/path.hpp"

namespace cofi::spec {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Of the language's own alternatives, those that have a key which this one has not.
std::string owners(const std::string& key, const std::string& of) {
  std::vector<std::string> found;
  for (const std::string& kind : builtin_kinds()) {
    if (of.compare(0, kind.size() + 1, kind + "/") != 0) continue;
    for (const std::string& name : builtin_names(kind)) {
      const cofi_plugin& each = *builtin(kind, name);
      for (std::uint32_t i = 0; i < each.param_count; ++i) {
        if (key == each.params[i].name) found.push_back(kind + "/" + name);
      }
    }
  }
  if (found.empty()) return "";
  return "; " + join(found) + (found.size() == 1 ? " has" : " have") + " it. Allowed: ";
}

}  // namespace

const cofi_plugin* PluginFinder::find(const Node& use, const std::string& kind,
                                      const std::string& path) const {
  const std::string at = child_path(path, "use");
  if (!use.is_scalar()) {
    problems_.add(use.place, at, use.describe() + " is not the name of a " + kind);
    return nullptr;
  }
  if (const cofi_plugin* own = builtin(kind, use.text)) return own;
  try {
    if (const cofi_plugin* found = catalogue_.find(kind, use.text)) return found;
    problems_.add(use.place, at, no_such_plugin(kind, use.text));
  } catch (const Error& error) {
    problems_.add(use.place, at, error.what());
  }
  return nullptr;
}

std::string PluginFinder::no_such_plugin(const std::string& kind, const std::string& name) const {
  const bool language = !builtin_names(kind).empty();
  const std::vector<std::string> there = names(kind);
  std::vector<std::string> meant = nearest(name, there);
  for (std::string& each : meant) each = language ? each : kind + "/" + each;
  std::string text =
      language ? "no " + kind + " '" + name + "'" : "no plugin '" + kind + "/" + name + "'";
  if (!meant.empty()) text += ", did you mean '" + join(meant, "' or '") + "'?";
  text +=
      (meant.empty() ? "; there are: " : " there are: ") + (there.empty() ? "none" : join(there));
  return language ? text : text + "; looked in: " + join(catalogue_.folders());
}

void PluginFinder::report_missing_use(const Node& map, const std::string& kind,
                                      const std::string& path,
                                      const std::vector<std::string>& beside,
                                      bool slips_only) const {
  bool explained = false;
  for (const Entry& entry : map.entries) {
    // Without a plugin no parameter is known: only slips of what is always allowed are.
    const std::string meant = did_you_mean(entry.key, {"use", "from"});
    if (meant.empty() || contains(beside, entry.key)) continue;
    explained = true;
    problems_.add(
        entry.place, child_path(path, entry.key),
        "unknown key" + meant + " allowed: " + join(beside) + ", and a " + kind + "'s parameters");
  }
  if (explained || slips_only) return;
  problems_.add(map.place, path,
                "missing 'use', which names the " + kind + "; there are: " + join(names(kind)));
}

void PluginFinder::refuse_unknown(const Node& map, const std::vector<std::string>& allowed,
                                  const std::string& path, const std::string& of) const {
  for (const Entry& entry : map.entries) {
    if (contains(allowed, entry.key)) continue;
    std::string hint = did_you_mean(entry.key, allowed);
    hint = hint.empty() ? owners(entry.key, of) : hint + " allowed: ";
    if (hint.empty()) hint = "; allowed: ";
    problems_.add(entry.place, child_path(path, entry.key),
                  "unknown key of " + of + hint + join(allowed));
  }
}

std::vector<std::string> PluginFinder::names(const std::string& kind) const {
  const std::vector<std::string> own = builtin_names(kind);
  return own.empty() ? catalogue_.names(kind) : own;
}

}  // namespace cofi::spec
