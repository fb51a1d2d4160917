// What the spec layer needs to know about plugins, so that it can be tested without any.
#pragma once

#include <string>
#include <vector>

#include "cofi/plugin/abi.h"

namespace cofi::spec {

class Catalogue {
 public:
  virtual ~Catalogue() = default;
  // The descriptor of kind/name, or null where there is no such plugin. An Error where there is
  // one that cannot be used (another build, not built, an undefined symbol, ...).
  virtual const cofi_plugin* find(const std::string& kind, const std::string& name) const = 0;
  // The names of a kind's plugins, sorted.
  virtual std::vector<std::string> names(const std::string& kind) const = 0;
  // Where plugins are looked for, in order, for messages.
  virtual std::vector<std::string> folders() const = 0;
};

}  // namespace cofi::spec
