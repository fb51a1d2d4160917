#include "cofi/testing/make.hpp"

#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::testing {

void* make_object(const std::string& kind, const std::string& plugin, const std::string& yaml) {
  const std::string prefix = kind + "/";
  if (plugin.compare(0, prefix.size(), prefix) != 0) {
    throw Error("'", plugin, "' is no ", kind, "; name it as '", prefix, "NAME'");
  }
  const plugin::Registry registry = plugin::Registry::standard();
  const cofi_plugin& found = registry.get(kind, plugin.substr(prefix.size()));
  const spec::Json params = spec::check_parameters(found, yaml, plugin, registry);
  const auto build = [&](auto made) -> void* { return made.release(); };
  if (kind == Model::kKind) return build(registry.build<Model>(found, params, plugin));
  if (kind == Dataset::kKind) return build(registry.build<Dataset>(found, params, plugin));
  if (kind == Splitter::kKind) return build(registry.build<Splitter>(found, params, plugin));
  if (kind == Optimizer::kKind) return build(registry.build<Optimizer>(found, params, plugin));
  if (kind == Metric::kKind) return build(registry.build<Metric>(found, params, plugin));
  return build(registry.build<Backend>(found, params, plugin));
}

}  // namespace cofi::testing
