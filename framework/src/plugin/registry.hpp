// Finds, checks and opens plugins. The only part that knows Boost.DLL.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
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
};

class COFI_API Registry final : public spec::Catalogue {
 public:
  // The kinds there are, in the order people read them.
  static const std::vector<std::string>& kinds();

  // Looks in the given folders, first match wins.
  explicit Registry(std::vector<std::string> folders);
  // --plugin-path (first), then $COFI_PLUGIN_PATH, <runner>/../lib/cofi/plugins, the build's default.
  static Registry standard(const std::vector<std::string>& first = {});

  const cofi_plugin* find(const std::string& kind, const std::string& name) const override;
  std::vector<std::string> names(const std::string& kind) const override;
  std::vector<std::string> folders() const override;

  // find(), or an Error that names the nearest, what there is and where it looked.
  const cofi_plugin& get(const std::string& kind, const std::string& name) const;
  // Opens a plugin by its file, wherever it is (check-plugin); kind and name from its tag.
  const cofi_plugin& open(const std::string& path) const;
  std::vector<Listing> list(const std::string& kind = "") const;
  // The absolute path of the file of kind/name, for the manifest.
  std::string path(const std::string& kind, const std::string& name) const;

  // Builds a plugin and its nested ones from resolved parameters ({"use": ..., ...}). `place` is
  // where it stands in the spec, for errors.
  template <class Interface>
  std::unique_ptr<Interface> build(const nlohmann::ordered_json& spec,
                                   const std::string& place) const {
    return std::unique_ptr<Interface>(
        static_cast<Interface*>(build_object(Interface::kKind, spec, place)));
  }

 private:
  void* build_object(const std::string& kind, const nlohmann::ordered_json& spec,
                     const std::string& place) const;

  std::vector<std::string> folders_;
};

}  // namespace cofi::plugin
