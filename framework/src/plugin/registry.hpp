// Finds plugins by kind and name, and builds their objects.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/params.hpp"
#include "cofi/plugin/abi.h"

#include "spec/catalogue.hpp"

namespace cofi::plugin {

// What a plugin's file says of itself in its bytes, without being opened.
struct Listing {
  std::string kind, name, version, summary, tag, path;
  bool same_build = false;
  std::string problem;  // why it cannot be used, as far as its bytes tell; empty where they do not
};

// Immutable and safe to use from several threads.
class COFI_API Registry final : public spec::Catalogue {
 public:
  // The kinds there are, in the order people read them.
  static const std::vector<std::string>& kinds();
  // An Error that names the nearest and all, where there is no such kind.
  static void check_kind(const std::string& kind);

  // Looks in the given folders, <folder>/<kind>/<name>.so, first match wins.
  explicit Registry(const std::vector<std::string>& folders);
  // --plugin-path (first), then $COFI_PLUGIN_PATH, <runner>/../lib/cofi/plugins, the build's
  // default.
  static Registry standard(const std::vector<std::string>& first = {});

  const cofi_plugin* find(const std::string& kind, const std::string& name) const override;
  // Those of this build: others are found too, but their Error says what they are.
  std::vector<std::string> names(const std::string& kind) const override;
  std::vector<std::string> folders() const override;

  // find(), or an Error that names the nearest, what there is and where it looked.
  const cofi_plugin& get(const std::string& kind, const std::string& name) const;
  // Opens a plugin by its file, wherever it is (check-plugin); kind and name from its tag.
  const cofi_plugin& open(const std::string& path) const;
  // Every file in a kind's place (all kinds where empty), sorted by kind and name.
  std::vector<Listing> list(const std::string& kind = "") const;
  // The absolute path of the file of kind/name, for the manifest; empty where there is none.
  std::string path(const std::string& kind, const std::string& name) const;

  // Builds a plugin and its nested ones from resolved parameters ({"use": ..., <a value for every
  // row of its table>}; further keys are the caller's own). `place` is where it stands in the spec,
  // for errors.
  template <class Interface>
  std::unique_ptr<Interface> build(const nlohmann::ordered_json& spec,
                                   const std::string& place) const {
    return std::unique_ptr<Interface>(
        static_cast<Interface*>(build_object(Interface::kKind, spec, place)));
  }
  // The same of a plugin at hand, which need not stand in a folder of the registry.
  template <class Interface>
  std::unique_ptr<Interface> build(const cofi_plugin& plugin, const nlohmann::ordered_json& spec,
                                   const std::string& place) const {
    return std::unique_ptr<Interface>(static_cast<Interface*>(build_object(plugin, spec, place)));
  }

 private:
  // Why cofi's own plugin of that name was not built; empty where there is no note of it.
  std::string missing(const std::string& kind, const std::string& name) const;
  void* build_object(const std::string& kind, const nlohmann::ordered_json& spec,
                     const std::string& place) const;
  void* build_object(const cofi_plugin& plugin, const nlohmann::ordered_json& spec,
                     const std::string& place) const;
  Params::Value convert(const cofi_param& row, const nlohmann::ordered_json& value,
                        const std::string& plugin, const std::string& place) const;

  std::vector<std::string> folders_;  // absolute, each once
};

}  // namespace cofi::plugin
