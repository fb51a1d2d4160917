#include "spec/defaults.hpp"

#include <memory>
#include <variant>

#include "spec/parser.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

// Integers where reals are meant are reals.
Json as_real(const Json& json) {
  if (json.is_number_integer()) return json.get<double>();
  if (!json.is_array()) return json;
  Json list = Json::array();
  for (const Json& item : json) list.push_back(as_real(item));
  return list;
}

}  // namespace

Node default_node(const cofi_param& row, const std::string& of, Problems& problems) {
  const std::string text = row.fallback;
  const std::string place = of + ", the default of " + row.name;
  const bool quoted = !text.empty() && (text[0] == '"' || text[0] == '\'');
  if (row.type == COFI_STRING && row.shape == COFI_ONE && !quoted && text != "null") {
    return scalar_node(text, {std::make_shared<const std::string>(place), 1, 1});
  }
  return parse(text, place, problems);
}

Json default_value(const cofi_param& row) {
  if (row.fallback == nullptr) return nullptr;
  Problems ignored;  // a default that is wrong is reported where it is used
  const Json json = to_json(default_node(row, "", ignored));
  return row.type == COFI_REAL ? as_real(json) : json;
}

Json to_json(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return nullptr;
    case Node::Type::kScalar:
      return std::visit([](const auto& value) { return Json(value); }, read_scalar(node));
    case Node::Type::kList: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Type::kMap:
      break;
  }
  Json map = Json::object();
  for (const Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
  return map;
}

}  // namespace cofi::spec
