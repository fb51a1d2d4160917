#include "spec/checker.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "cofi/error.hpp"

#include "spec/allowed.hpp"
#include "spec/defaults.hpp"
#include "spec/interpolate.hpp"
#include "spec/path.hpp"
#include "spec/scalar.hpp"
#include "spec/suggest.hpp"

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
    missing_use(full, kind, path, beside);
    return to_json(full);
  }
  if (partial_.on && has_interpolation(*use)) {
    known_ = false;
    return to_json(full);
  }
  found = find(*use, kind, path);
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
  refuse_unknown(full, known, path, of);
  for (std::uint32_t i = 0; i < found->param_count; ++i) {
    const cofi_param& row = found->params[i];
    const Node* given_value = full.find(row.name);
    if (given_value == nullptr && row.fallback == nullptr && partial_.on) continue;
    json[row.name] = value(given_value, row, child_path(path, row.name), full.place, of);
  }
  --depth_;
  return json;
}

void Checker::missing_use(const Node& map, const std::string& kind, const std::string& path,
                          const std::vector<std::string>& beside) {
  bool explained = false;
  for (const Entry& entry : map.entries) {
    // Without a plugin no parameter is known: only slips of what is always allowed are.
    const std::string meant = did_you_mean(entry.key, {"use", "from"});
    const bool allowed_here = std::find(beside.begin(), beside.end(), entry.key) != beside.end();
    if (meant.empty() || allowed_here) continue;
    explained = true;
    problems_.add(
        entry.place, child_path(path, entry.key),
        "unknown key" + meant + " allowed: " + join(beside) + ", and a " + kind + "'s parameters");
  }
  if (explained || partial_.on) return;
  problems_.add(map.place, path,
                "missing 'use', which names the " + kind + "; there are: " + join(names(kind)));
}

const cofi_plugin* Checker::find(const Node& use, const std::string& kind,
                                 const std::string& path) {
  const std::string at = child_path(path, "use");
  if (!use.is_scalar()) {
    problems_.add(use.place, at, use.describe() + " is not the name of a " + kind);
    return nullptr;
  }
  if (const cofi_plugin* own = builtin(kind, use.text)) return own;
  try {
    if (const cofi_plugin* found = catalogue_.find(kind, use.text)) return found;
  } catch (const Error& error) {
    problems_.add(use.place, at, error.what());
    return nullptr;
  }
  const std::vector<std::string> there = names(kind);
  const bool language = !builtin_names(kind).empty();
  std::vector<std::string> meant = nearest(use.text, there);
  for (std::string& name : meant) name = language ? name : kind + "/" + name;
  std::string what =
      language ? "no " + kind + " '" + use.text + "'" : "no plugin '" + kind + "/" + use.text + "'";
  if (!meant.empty()) what += ", did you mean '" + join(meant, "' or '") + "'?";
  what += (meant.empty() ? "; there are: " : " there are: ") +
          (there.empty() ? std::string("none") : join(there));
  if (!language) what += "; looked in: " + join(catalogue_.folders());
  problems_.add(use.place, at, what);
  return nullptr;
}

std::vector<std::string> Checker::names(const std::string& kind) const {
  const std::vector<std::string> own = builtin_names(kind);
  return own.empty() ? catalogue_.names(kind) : own;
}

void Checker::refuse_unknown(const Node& map, const std::vector<std::string>& allowed_keys,
                             const std::string& path, const std::string& of) {
  for (const Entry& entry : map.entries) {
    if (std::find(allowed_keys.begin(), allowed_keys.end(), entry.key) != allowed_keys.end()) {
      continue;
    }
    const std::string meant = did_you_mean(entry.key, allowed_keys);
    problems_.add(
        entry.place, child_path(path, entry.key),
        "unknown key of " + of + (meant.empty() ? ";" : meant) + " allowed: " + join(allowed_keys));
  }
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
  refuse_unknown(map, known, path, block.name);
  Json json = Json::object();
  for (const Key& each : block.keys) {
    const Node* given_value = map.find(each.row.name);
    if (given_value == nullptr && each.row.fallback == nullptr && partial_.on) continue;
    json[each.row.name] = key(given_value, each, child_path(path, each.row.name), map);
  }
  return json;
}

Json Checker::key(const Node* node, const Key& key, const std::string& path, const Node& owner) {
  const cofi_param& row = key.row;
  if (key.block != nullptr) {
    const bool unset = node == nullptr || node->is_null();
    if (unset && is_optional(row)) return nullptr;
    return block(unset ? nullptr : node, *key.block, path);
  }
  const std::string of = "the spec";
  if (key.later && node != nullptr) {
    const Json usual = fallback(row, path, of);
    const bool open = row.choices == nullptr && row.type == COFI_STRING;  // of any form
    const Json asked = open ? to_json(*node) : value(node, row, path, owner.place, of);
    if (asked != usual && !asked.is_null()) {
      problems_.add(node->place, path,
                    "not available in this version" +
                        (open ? std::string() : "; what is: " + std::string(row.fallback)));
    }
    return usual;
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
    return refuse(node, row, path, "null has no meaning here, leave the key out for its default");
  }
  if (row.shape == COFI_LIST) return list(node, row, path);
  if (row.shape == COFI_MAP) return map(node, row, path);
  if (is_plugin(row)) return plugin(node, row.kind, path).json;
  return scalar(node, row, path);
}

Json Checker::list(const Node& node, const cofi_param& row, const std::string& path) {
  if (!node.is_list()) {
    const std::string hint =
        node.is_scalar() ? ", write [" + node.text.substr(0, 60) + "]" : std::string();
    return refuse(node, row, path, node.describe() + " is not a list" + hint);
  }
  Json json = Json::array();
  const cofi_param each = one_of(row);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    json.push_back(given(node.items[i], each, child_path(path, std::to_string(i))));
  }
  return json;
}

Json Checker::map(const Node& node, const cofi_param& row, const std::string& path) {
  if (!node.is_map()) return refuse(node, row, path, node.describe() + " is not a map");
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

Json Checker::scalar(const Node& node, const cofi_param& row, const std::string& path) {
  if (!node.is_scalar()) {
    return refuse(node, row, path, node.describe() + " is not " + type_name(row));
  }
  switch (row.type) {
    case COFI_INT:
    case COFI_REAL:
      return number(node, row, path);
    case COFI_BOOL: {
      const Scalar value = read_scalar(node);
      if (const bool* truth = std::get_if<bool>(&value)) return *truth;
      return refuse(node, row, path, node.describe() + " is not " + type_name(row));
    }
    default:
      return text(node, row, path);
  }
}

Json Checker::number(const Node& node, const cofi_param& row, const std::string& path) {
  const Scalar read = read_scalar(node);
  const std::string shown = node.describe();
  const auto in_range = [&](auto number) {
    return static_cast<long double>(number) >= static_cast<long double>(row.low) &&
           static_cast<long double>(number) <= static_cast<long double>(row.high);
  };
  const std::int64_t* integer = std::get_if<std::int64_t>(&read);
  const double* real = std::get_if<double>(&read);
  if (real != nullptr && !std::isfinite(*real)) {
    return refuse(node, row, path, shown + " is not finite");
  }
  if (integer == nullptr && (real == nullptr || row.type == COFI_INT)) {
    return refuse(node, row, path, shown + " is not " + type_name(row));
  }
  if (integer != nullptr ? !in_range(*integer) : !in_range(*real)) {
    return refuse(node, row, path, shown + " is out of range");
  }
  if (row.type == COFI_INT) return *integer;
  return integer != nullptr ? static_cast<double>(*integer) : *real;
}

Json Checker::text(const Node& node, const cofi_param& row, const std::string& path) {
  const Scalar read = read_scalar(node);
  // A number may stand for its own text (column: 3), where both are the same.
  const bool is_text = std::holds_alternative<std::string>(read) ||
                       (!std::holds_alternative<bool>(read) && write_scalar(read) == node.text);
  if (!is_text) {
    return refuse(node, row, path, node.describe() + " is not text, put it in quotes");
  }
  const std::vector<std::string> choices = choices_of(row);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), node.text) == choices.end()) {
    const std::string meant = did_you_mean(node.text, choices);
    problems_.add(node.place, path,
                  node.describe() + " is not among the choices" + (meant.empty() ? ";" : meant) +
                      " allowed: " + join(choices));
    return nullptr;
  }
  return node.text;
}

Json Checker::refuse(const Node& node, const cofi_param& row, const std::string& path,
                     const std::string& why) {
  if (is_plugin(row)) known_ = false;
  problems_.add(node.place, path, why + "; allowed: " + allowed(row));
  return nullptr;
}

}  // namespace cofi::spec
