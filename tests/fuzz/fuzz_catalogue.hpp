// Plugins that exist in name alone, one of each kind; the model has parameters of every type and
// shape.
#pragma once

#include <string>
#include <vector>

#include "cofi/plugin/plugin.hpp"

#include "spec/catalogue.hpp"

namespace cofi::fuzz {

constexpr cofi_param kEverything[] = {
    integer("factors", "100", 1, 4096, "An integer."),
    real("rate", "0.1", 0, 1, "A real."),
    boolean("biased", "true", "A truth."),
    text("label", "null", "Any text."),
    choice("init", "uniform", "uniform|normal", "A choice."),
    late(integer("neighbours", "40", 1, 1000, "A late one.")),
    list_of(integer("layers", "[8, 4]", 1, 64, "Integers.")),
    list_of(real("weights", "[]", -1, 1, "Reals.")),
    list_of(text("names", "[]", "Texts.")),
    nested("inner", "null", "model", "A model within."),
    list_of(nested("members", "[]", "model", "Models within.")),
    map_of(nested("parts", "{}", "model", "Named models within.")),
};
constexpr cofi_param kTestSize[] = {real("test", nullptr, 0, 1, "A required real.")};
constexpr cofi_param kPath[] = {text("path", nullptr, "A required text.")};
constexpr cofi_param kRate[] = {real("lr", "0.01", 0, 10, "The rate."),
                                real("weight_decay", "0", 0, 10, "The decay.")};

template <std::size_t N>
constexpr cofi_plugin plugin_of(const char* kind, const char* name, const cofi_param (&rows)[N],
                                std::uint32_t uses) {
  return {COFI_MAGIC,
          sizeof(cofi_plugin),
          COFI_ABI_VERSION,
          "tag",
          kind,
          name,
          "1",
          "In name alone.",
          rows,
          plugin::count(rows),
          uses,
          nullptr};
}

constexpr cofi_plugin kPlugins[] = {
    plugin_of("dataset", "file", kPath, 0),
    plugin_of("splitter", "ratio", kTestSize, 0),
    plugin_of("model", "everything", kEverything, COFI_USES_TRAIN | COFI_USES_OPTIMIZER),
    plugin_of("model", "plain", kNoParams, 0),
    plugin_of("optimizer", "adam", kRate, 0),
    plugin_of("metric", "rmse", kNoParams, 0),
    plugin_of("backend", "local", kNoParams, 0),
};

class FuzzCatalogue final : public spec::Catalogue {
 public:
  const cofi_plugin* find(const std::string& kind, const std::string& name) const override {
    for (const cofi_plugin& plugin : kPlugins) {
      if (kind == plugin.kind && name == plugin.name) return &plugin;
    }
    return nullptr;
  }
  std::vector<std::string> names(const std::string& kind) const override {
    std::vector<std::string> all;
    for (const cofi_plugin& plugin : kPlugins) {
      if (kind == plugin.kind) all.emplace_back(plugin.name);
    }
    return all;
  }
  std::vector<std::string> folders() const override { return {"nowhere"}; }
};

}  // namespace cofi::fuzz
