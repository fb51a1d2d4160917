#include "spec/checker.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/suggest.hpp"
#include "spec/allowed.hpp"
#include "spec/check_scalar.hpp"
#include "spec/defaults.hpp"
#include "spec/interpolate.hpp"
#include "spec/path.hpp"

namespace cofi::spec {
namespace {

constexpr int kDeepest = 32;  // plugins in each other

bool is_plugin(const cofi_param& row) { return row.type == COFI_PLUGIN_TYPE; }

cofi_param one_of(cofi_param row) {
  row.shape = COFI_ONE;
  row.fallback = nullptr;
  return row;
}

}  // namespace

CheckedPlugin Checker::plugin(const Node& node, const std::string& kind, const std::string& path,
                              const std::vector<std::string>& reserved) {
  const unsigned outer_uses = std::exchange(uses_, 0u);
  const bool outer_known = std::exchange(known_, true);
  CheckedPlugin checked;
  checked.json = plugin_json(node, kind, path, reserved, checked.plugin);
  checked.uses = uses_;
  checked.known = known_;
  uses_ |= outer_uses;
  known_ = known_ && outer_known;
  return checked;
}

Json Checker::plugin_json(const Node& node, const std::string& kind, const std::string& path,
                          const std::vector<std::string>& reserved, const cofi_plugin*& found) {
  if (partial_.as_written.count(path) > 0) {
    known_ = false;
    return to_json(node);
  }
  if (partial_.on && has_interpolation(node)) {
    known_ = false;
    return node.text;
  }
  if (!node.is_map() && !node.is_scalar()) {
    known_ = false;
    problems_.add(node.place, path,
                  node.describe() + " is not a " + kind + "; allowed: " + plugin_form(kind));
    return nullptr;
  }
  Node full = node;
  expand_use(full);
  const Node* use = full.find("use");
  std::vector<std::string> beside = {"use", "from"};
  beside.insert(beside.end(), reserved.begin(), reserved.end());
  if (use == nullptr) {
    known_ = false;
    finder_.report_missing_use(full, kind, path, beside, partial_.on);
    return to_json(full);
  }
  if (partial_.on && has_interpolation(*use)) {
    known_ = false;
    return to_json(full);
  }
  found = finder_.find(*use, kind, path);
  if (found == nullptr) {
    known_ = false;
    return to_json(full);
  }
  if (++depth_ > kDeepest) {
    --depth_;
    problems_.add(node.place, path,
                  "more than " + std::to_string(kDeepest) + " plugins in each other");
    return nullptr;
  }
  uses_ |= found->uses;
  const std::string of = kind + "/" + found->name;
  Json json = {{"use", found->name}};
  std::vector<std::string> known = beside;
  for (std::uint32_t i = 0; i < found->param_count; ++i) known.emplace_back(found->params[i].name);
  finder_.refuse_unknown(full, known, path, of);
  for (std::uint32_t i = 0; i < found->param_count; ++i) {
    const cofi_param& row = found->params[i];
    const Node* given_value = full.find(row.name);
    if (given_value == nullptr && row.fallback == nullptr && partial_.on) continue;
    json[row.name] = value(given_value, row, child_path(path, row.name), full.place, of);
  }
  --depth_;
  return json;
}

Json Checker::block(const Node* node, const Block& block, const std::string& path) {
  const Node none = map_node({});
  if (node != nullptr && partial_.on && has_interpolation(*node)) return node->text;
  if (node != nullptr && !node->is_map()) {
    problems_.add(node->place, path,
                  node->describe() + " is not a map; allowed: a map of " + join(block.names()));
    return nullptr;
  }
  const Node& map = node == nullptr ? none : *node;
  std::vector<std::string> known = block.names();
  known.emplace_back("from");
  finder_.refuse_unknown(map, known, path, block.name);
  Json json = Json::object();
  for (const Key& each : block.keys) {
    const Node* given_value = map.find(each.row.name);
    if (given_value == nullptr && each.row.fallback == nullptr && partial_.on) continue;
    json[each.row.name] = key(given_value, each, child_path(path, each.row.name), map, block.name);
  }
  return json;
}

Json Checker::key(const Node* node, const Key& key, const std::string& path, const Node& owner,
                  const std::string& of) {
  const cofi_param& row = key.row;
  if (key.block != nullptr) {
    const bool unset = node == nullptr || node->is_null();
    if (unset && is_optional(row)) return nullptr;
    return block(unset ? nullptr : node, *key.block, path);
  }
  const Json json = value(node, row, path, owner.place, of);
  if (key.pattern != nullptr && json.is_string() && node != nullptr &&
      !(partial_.on && has_interpolation(*node)) &&
      !matches(json.get<std::string>(), key.pattern)) {
    problems_.add(node->place, path,
                  node->describe() + " does not fit; allowed: " + key.pattern_doc);
  }
  return json;
}

Json Checker::value(const Node* node, const cofi_param& row, const std::string& path,
                    const Position& owner, const std::string& of) {
  if (node != nullptr) return given(*node, row, path);
  if (row.fallback != nullptr) return fallback(row, path, of);
  problems_.add(
      owner, path,
      std::string("missing; ") + of + " needs it: " + row.doc + " Allowed: " + allowed(row));
  return nullptr;
}

Json Checker::fallback(const cofi_param& row, const std::string& path, const std::string& of) {
  const auto found = defaults_.find(&row);
  if (found != defaults_.end()) {
    uses_ |= found->second.uses;
    known_ = known_ && found->second.known;
    return found->second.json;
  }
  const unsigned outer_uses = std::exchange(uses_, 0u);
  const bool outer_known = std::exchange(known_, true);
  const bool outer_partial = std::exchange(partial_.on, false);
  const Json json = is_optional(row) ? Json() : given(default_node(row, of, problems_), row, path);
  partial_.on = outer_partial;
  defaults_[&row] = {json, uses_, known_};
  uses_ |= outer_uses;
  known_ = known_ && outer_known;
  return json;
}

Json Checker::given(const Node& node, const cofi_param& row, const std::string& path) {
  if (partial_.on && has_interpolation(node)) {
    if (is_plugin(row)) known_ = false;
    return node.text;
  }
  if (node.is_null()) {
    if (is_optional(row)) return nullptr;
    return refused(node, row, path, "null has no meaning here, leave the key out for its default");
  }
  if (row.shape == COFI_LIST) return list(node, row, path);
  if (row.shape == COFI_MAP) return map(node, row, path);
  if (is_plugin(row)) return nested(node, row, path);
  return check_scalar(node, row, path, problems_);
}

Json Checker::nested(const Node& node, const cofi_param& row, const std::string& path) {
  if (std::string(row.kind) != "model") return plugin(node, row.kind, path).json;
  const unsigned outer_uses = std::exchange(uses_, 0u);
  CheckedPlugin model = plugin(node, row.kind, path, {"optimizer", "train"});
  struct Own {
    const char* key;
    unsigned bit;
    const char* useless;
  };
  for (const Own& own : {Own{"optimizer", COFI_USES_OPTIMIZER, "uses no optimizer"},
                         Own{"train", COFI_USES_TRAIN, "does not train in epochs"}}) {
    const Node* value = node.is_map() ? node.find(own.key) : nullptr;
    if (value == nullptr || value->is_null() || model.plugin == nullptr) continue;
    const std::string below = child_path(path, own.key);
    if (model.known && (model.uses & own.bit) == 0) {
      problems_.add(
          value->place, below,
          std::string("has no use here: model/") + model.plugin->name + " " + own.useless);
      continue;
    }
    // Its own, whole: nothing of its owner's is left to use.
    model.json[own.key] = own.bit == COFI_USES_TRAIN ? block(value, train_block(), below)
                                                     : plugin(*value, "optimizer", below).json;
    uses_ &= ~own.bit;
  }
  uses_ |= outer_uses;
  return model.json;
}

Json Checker::list(const Node& node, const cofi_param& row, const std::string& path) {
  if (!node.is_list()) {
    const std::string hint =
        node.is_scalar() ? ", write [" + node.text.substr(0, 60) + "]" : std::string();
    return refused(node, row, path, node.describe() + " is not a list" + hint);
  }
  Json json = Json::array();
  const cofi_param each = one_of(row);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    json.push_back(given(node.items[i], each, child_path(path, std::to_string(i))));
  }
  return json;
}

Json Checker::map(const Node& node, const cofi_param& row, const std::string& path) {
  if (!node.is_map()) return refused(node, row, path, node.describe() + " is not a map");
  Json json = Json::object();
  const cofi_param each = one_of(row);
  for (const Entry& entry : node.entries) {
    if (!matches(entry.key, kNamePattern)) {
      problems_.add(entry.place, path,
                    "'" + entry.key + "' cannot be a name; allowed: " + kNamePatternDoc);
      continue;
    }
    json[entry.key] = given(entry.value, each, child_path(path, entry.key));
  }
  return json;
}

Json Checker::refused(const Node& node, const cofi_param& row, const std::string& path,
                      const std::string& why) {
  if (is_plugin(row)) known_ = false;
  refuse(node, row, path, why, problems_);
  return nullptr;
}

}  // namespace cofi::spec
