#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "spec/allowed.hpp"
#include "spec/defaults.hpp"
#include "spec/experiment.hpp"
#include "spec/grammar.hpp"

namespace cofi::spec {
namespace {

// JSON Schema, draft 2020-12. What a map needs is not required there: `from`, --set and sweeps may
// give it; `cofi check` knows.
class SchemaWriter {
 public:
  explicit SchemaWriter(const Catalogue& catalogue) : catalogue_(catalogue) {}

  Json write() {
    Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "cofi experiment"}};
    schema.update(block(top_block()));
    Json defs = {{"interpolation",
                  {{"type", "string"},
                   {"pattern", "\\$\\{"},
                   {"description", "${key.path} of this spec, or ${env:NAME}"}}}};
    defs.update(defs_);
    schema["$defs"] = std::move(defs);
    return schema;
  }

 private:
  static Json ref(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }
  static Json described(const Json& schema, const std::string& doc) {
    Json out = {{"description", doc}};
    out.update(schema);
    return out;
  }
  static Json from() {
    return {{"type", "string"},
            {"description", "A YAML file that is read first; the keys beside it win."}};
  }
  static Json object(Json properties) {
    return {
        {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  }
  static Json named(Json each) {
    const std::string pattern = std::string("^") + kNamePattern + "$";
    return {{"type", "object"},
            {"patternProperties", {{pattern, std::move(each)}}},
            {"additionalProperties", false}};
  }

  Json block(const Block& block) {
    Json properties = {{"from", from()}};
    for (const Key& key : block.keys) properties[key.row.name] = this->key(key);
    return described(object(std::move(properties)), block.doc);
  }

  Json key(const Key& key) {
    const cofi_param& row = key.row;
    const std::string name = row.name;
    if (name == "sweep") return described(sweep(), row.doc);
    if (key.block != nullptr) {
      return {{"description", key.block->doc},
              {"anyOf", {block(*key.block), null_or_interpolation()}}};
    }
    if (name == "models") return described(named(plugin("model", "models", model_keys())), row.doc);
    if (name == "split") {
      const Json validation =
          described({{"anyOf", {plugin("splitter", "splitter"), {{"type", "null"}}}}},
                    "Cuts validation rows out of each fold's train part.");
      return described(plugin("splitter", "split", {{"validation", validation}}), row.doc);
    }
    Json schema = value(row);
    if (key.pattern != nullptr) {
      schema["anyOf"][0] = {{"type", "string"},
                            {"pattern", "^(" + std::string(key.pattern) + ")$"}};
      // A number stands for its own text.
      if (matches("1", key.pattern)) {
        schema["anyOf"][0] = {
            {"anyOf", {schema["anyOf"][0], {{"type", "integer"}, {"minimum", 1}}}}};
      }
    }
    return schema;
  }

  static Json null_or_interpolation() {
    return {{"anyOf", {{{"type", "null"}}, ref("interpolation")}}};
  }

  // What a model may say beside its parameters: changes to what is shared.
  Json model_keys() {
    return {{"optimizer",
             described(plugin("optimizer", "optimizer"), "Overrides the shared optimizer.")},
            {"train", described(block(train_block()), "Overrides the shared train.")}};
  }

  // Any value of a row, with its documentation.
  Json value(const cofi_param& row) {
    Json any = Json::array({shaped(row), ref("interpolation")});
    if (is_optional(row)) any.push_back({{"type", "null"}});
    Json schema = {{"description", row.fallback == nullptr ? "Required. " + std::string(row.doc)
                                                           : std::string(row.doc)}};
    if (row.fallback != nullptr) schema["default"] = default_value(row);
    schema["anyOf"] = std::move(any);
    return schema;
  }

  Json shaped(const cofi_param& row) {
    if (row.shape == COFI_LIST) {
      return {{"type", "array"}, {"items", {{"anyOf", {one(row), ref("interpolation")}}}}};
    }
    return row.shape == COFI_MAP ? named(one(row)) : one(row);
  }

  Json one(const cofi_param& row) {
    switch (row.type) {
      case COFI_INT:
        return range({{"type", "integer"}}, row);
      case COFI_REAL:
        return range({{"type", "number"}}, row);
      case COFI_BOOL:
        return {{"type", "boolean"}};
      case COFI_PLUGIN_TYPE:
        return std::string(row.kind) == "model" ? plugin("model", "models", model_keys())
                                                : plugin(row.kind, row.kind);
      default:
        break;
    }
    if (row.choices != nullptr) return {{"enum", choices_of(row)}};
    return {{"type", {"string", "number"}}};
  }

  static Json range(Json schema, const cofi_param& row) {
    const auto number = [&](double limit) {
      return row.type == COFI_INT ? Json(static_cast<std::int64_t>(limit)) : Json(limit);
    };
    if (has_low(row)) schema["minimum"] = number(row.low);
    if (has_high(row)) schema["maximum"] = number(row.high);
    return schema;
  }

  // A reference to the definition of a kind's plugins, with keys beside the parameters; `name`
  // tells such definitions apart.
  Json plugin(const std::string& kind, const std::string& name,
              const Json& beside = Json::object()) {
    if (!defs_.contains(name)) {
      defs_[name] = nullptr;  // plugins may nest their own kind
      Json any = Json::array({Json{{"enum", names(kind)}}, ref("interpolation")});
      for (const std::string& each : names(kind)) any.push_back(alternative(kind, each, beside));
      Json based = object(any_properties(kind));
      based["properties"].update(beside);
      any.push_back(std::move(based));
      defs_[name] = {{"anyOf", std::move(any)}};
    }
    return ref(name);
  }

  Json alternative(const std::string& kind, const std::string& name, const Json& beside) {
    const cofi_plugin& plugin = *find(kind, name);
    Json properties = {{"use", {{"const", name}, {"description", plugin.summary}}},
                       {"from", from()}};
    for (std::uint32_t i = 0; i < plugin.param_count; ++i) {
      properties[plugin.params[i].name] = value(plugin.params[i]);
    }
    properties.update(beside);
    Json schema = described(object(std::move(properties)), plugin.summary);
    schema["required"] = {"use"};
    return schema;
  }

  // The parameters of all of a kind's plugins: of a map whose `use` stands elsewhere.
  Json any_properties(const std::string& kind) {
    Json properties = {{"from", from()}};
    for (const std::string& name : names(kind)) {
      const cofi_plugin& plugin = *find(kind, name);
      for (std::uint32_t i = 0; i < plugin.param_count; ++i) {
        properties[plugin.params[i].name] = {{"description", plugin.params[i].doc}};
      }
    }
    return properties;
  }

  Json sweep() {
    const Json choices = {{"type", "array"}, {"minItems", 1}};
    const Json ends = {
        {"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 2}, {"maxItems", 2}};
    Json any = Json::array({choices, object({{"choice", choices}})});
    const Json leaf = {{"anyOf", any}};
    for (const char* range : {"int", "real", "log"}) any.push_back(object({{range, ends}}));
    const Json domain = {{"anyOf", any}};
    Json properties = Json::object();
    for (const Key& key : sweep_block().keys) {
      Json block = {{"type", "object"}, {"minProperties", 1}};
      if (key.block != nullptr) {
        for (const Key& option : key.block->keys) {
          block["properties"][option.row.name] = this->key(option);
        }
      }
      block["additionalProperties"] = key.block == nullptr ? leaf : domain;
      properties[key.row.name] = described(block, key.row.doc);
    }
    Json each = object(std::move(properties));
    each["minProperties"] = 1;
    each["maxProperties"] = 1;
    return {{"anyOf", {{{"type", "array"}, {"items", std::move(each)}}, {{"type", "null"}}}}};
  }

  std::vector<std::string> names(const std::string& kind) const {
    const std::vector<std::string> own = builtin_names(kind);
    return own.empty() ? catalogue_.names(kind) : own;
  }
  const cofi_plugin* find(const std::string& kind, const std::string& name) const {
    const cofi_plugin* own = builtin(kind, name);
    const cofi_plugin* found = own != nullptr ? own : catalogue_.find(kind, name);
    if (found == nullptr) throw Error("no plugin '", kind, "/", name, "'");
    return found;
  }

  const Catalogue& catalogue_;
  Json defs_ = Json::object();
};

}  // namespace

Json schema(const Catalogue& catalogue) { return SchemaWriter(catalogue).write(); }

}  // namespace cofi::spec
