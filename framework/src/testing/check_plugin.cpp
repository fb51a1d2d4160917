#include "testing/check_plugin.hpp"

#include <cstdlib>
#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

SearchPath search_path() {
  SearchPath paths;
  paths.folders.emplace_back(".");
  const char* data = std::getenv("COFI_DATA");
  if (data != nullptr && *data != '\0') paths.folders.emplace_back(data);
  paths.folders.emplace_back("data");
  return paths;
}

// Builds one first, so that a constructor that throws is one finding and not one a check.
template <class Interface, class Check>
Findings checked(const plugin::Registry& registry, const cofi_plugin& plugin,
                 const spec::Json& params, const std::string& place, const Watch& watch,
                 const Check& check) {
  const Factory<Interface> make = [&] { return registry.build<Interface>(plugin, params, place); };
  Checks checks(watch);
  const bool built = checks.run("is built from its parameters", [&]() -> std::string {
    return make() == nullptr ? "create() gives nothing" : "";
  });
  if (built) checks.add(check(make));
  return checks.take();
}

}  // namespace

Findings check_plugin(const plugin::Registry& registry, const cofi_plugin& plugin,
                      const spec::Json& params, const Watch& watch) {
  const std::string kind = plugin.kind;
  const std::string place = kind + "/" + plugin.name;
  if (kind == Model::kKind) {
    return checked<Model>(registry, plugin, params, place, watch,
                          [&](const auto& make) { return check_model(make, {}, watch); });
  }
  if (kind == Dataset::kKind) {
    return checked<Dataset>(registry, plugin, params, place, watch, [&](const auto& make) {
      return check_dataset(make, {search_path()}, watch);
    });
  }
  if (kind == Splitter::kKind) {
    return checked<Splitter>(registry, plugin, params, place, watch, [&](const auto& make) {
      return check_splitter(make, {nullptr, search_path()}, watch);
    });
  }
  if (kind == Optimizer::kKind) {
    return checked<Optimizer>(registry, plugin, params, place, watch,
                              [&](const auto& make) { return check_optimizer(make, watch); });
  }
  if (kind == Metric::kKind) {
    return checked<Metric>(registry, plugin, params, place, watch,
                           [&](const auto& make) { return check_metric(make, watch); });
  }
  if (kind == Backend::kKind) {
    return checked<Backend>(registry, plugin, params, place, watch,
                            [&](const auto& make) { return check_backend(make, watch); });
  }
  throw Error(place, ": there is no kind '", kind, "' to check");
}

}  // namespace cofi::testing
