// Finds the plugins that a spec names: those of the catalogue, and the language's own alternatives.
#pragma once

#include <string>
#include <vector>

#include "spec/catalogue.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

class PluginFinder {
 public:
  PluginFinder(const Catalogue& catalogue, Problems& problems)
      : catalogue_(catalogue), problems_(problems) {}

  // The plugin that a `use` names; null, and a problem, where there is none. path: its owner's.
  const cofi_plugin* find(const Node& use, const std::string& kind, const std::string& path) const;

  // Reports that a plugin's map has no `use`, or the key that was meant to be one. beside: the keys
  // that it may have whatever the plugin is.
  void report_missing_use(const Node& map, const std::string& kind, const std::string& path,
                          const std::vector<std::string>& beside, bool slips_only) const;

  // Reports a map's keys that are not allowed; `of` is whose they would be ("train",
  // "model/svd").
  void refuse_unknown(const Node& map, const std::vector<std::string>& allowed,
                      const std::string& path, const std::string& of) const;

 private:
  std::vector<std::string> names(const std::string& kind) const;
  std::string no_such_plugin(const std::string& kind, const std::string& name) const;

  const Catalogue& catalogue_;
  Problems& problems_;
};

}  // namespace cofi::spec
