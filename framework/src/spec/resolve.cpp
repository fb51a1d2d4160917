#include "spec/resolve.hpp"

#include <string>
#include <utility>

#include "spec/checker.hpp"
#include "spec/defaults.hpp"
#include "spec/grammar.hpp"
#include "spec/interpolate.hpp"
#include "spec/path.hpp"

namespace cofi::spec {
namespace {

class Resolver {
 public:
  Resolver(const Node& root, const Usage& usage, const MetricFacts& metrics,
           const Catalogue& catalogue, Problems& problems, Partial partial)
      : root_(root),
        usage_(usage),
        metrics_(metrics),
        checker_(catalogue, problems, std::move(partial)) {}

  Json resolve() {
    Json spec = Json::object();
    for (const Key& key : top_block().keys) {
      const std::string name = key.row.name;
      const Node* node = root_.find(name);
      if (node != nullptr && node->is_null()) node = nullptr;
      if (name == "select" && node == nullptr) continue;
      const bool is_plugin = key.row.type == COFI_PLUGIN_TYPE;
      if (node == nullptr && (key.row.fallback == nullptr || is_plugin || name == "sweep"))
        continue;
      if (name == "train" && usage_.most_epochs == 0 && node == nullptr) continue;
      spec[name] = section(name, key, node);
    }
    return spec;
  }

 private:
  Json section(const std::string& name, const Key& key, const Node* node) {
    if (name == "sweep") return to_json(*node);
    if (name == "split") return split(*node);
    if (name == "models") return models(*node);
    Json json = checker_.key(node, key, name, root_);
    if (name == "evaluate" && json.is_object() && metrics_.known && !metrics_.ranking) {
      for (const Key& each : evaluate_block().keys) {
        if (each.ranking) json.erase(each.row.name);
      }
    }
    return json;
  }

  Json split(const Node& node) {
    Json json = checker_.plugin(node, "splitter", "split", {"validation"}).json;
    const Node* validation = node.find("validation");
    if (json.is_object() && validation != nullptr && !validation->is_null()) {
      json["validation"] = checker_.plugin(*validation, "splitter", "split.validation").json;
    }
    return json;
  }

  Json models(const Node& node) {
    Json json = Json::object();
    for (const Entry& entry : node.entries) {
      const std::string path = child_path("models", entry.key);
      Json model = checker_.plugin(entry.value, "model", path, {"optimizer", "train"}).json;
      // As written: defaults here would hide what is shared.
      for (const char* own : {"optimizer", "train"}) {
        const Node* value = entry.value.find(own);
        if (value != nullptr && model.is_object()) model[own] = to_json(*value);
      }
      json[entry.key] = std::move(model);
    }
    return json;
  }

  const Node& root_;
  const Usage& usage_;
  const MetricFacts& metrics_;
  Checker checker_;
};

}  // namespace

Json resolved_spec(const Node& root, const Usage& usage, const MetricFacts& metrics,
                   const Sweep& sweep, const Catalogue& catalogue, Problems& problems) {
  Partial partial;
  partial.on = true;
  for (const Axis* axis : sweep.axes()) {
    // Another `use` has other parameters: this one's defaults must not stand beside it.
    if (axis->path.back() != "use") continue;
    partial.as_written.insert(show_path(Path(axis->path.begin(), axis->path.end() - 1)));
  }
  const Node known = resolve_environment(root);
  return Resolver(known, usage, metrics, catalogue, problems, std::move(partial)).resolve();
}

}  // namespace cofi::spec
