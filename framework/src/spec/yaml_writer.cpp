#include <string>

#include "spec/experiment.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

std::string scalar(const Json& json) {
  if (json.is_number_float()) return write_real(json.get<double>());
  if (!json.is_string()) return json.dump();
  const std::string text = json.get<std::string>();
  return is_plain_string(text) ? text : json.dump();
}

bool is_leaf(const Json& json) { return !json.is_structured() || json.empty(); }

// On one line: {a: 1, b: [2, 3]}.
std::string flow(const Json& json) {
  if (is_leaf(json)) return json.is_structured() ? json.dump() : scalar(json);
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (!text.empty()) text += ", ";
    text += json.is_object() ? scalar(Json(key)) + ": " + flow(value) : flow(value);
  }
  return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

bool fits(const Json& json, std::size_t indent) {
  constexpr std::size_t kWidth = 96;
  return is_leaf(json) || flow(json).size() + indent <= kWidth;
}

// Maps in block style, one key a line; what fits stands on its key's line.
void write(const Json& map, std::size_t indent, std::string& out) {
  for (const auto& [key, value] : map.items()) {
    const std::string head = std::string(indent, ' ') + scalar(Json(key)) + ":";
    if (fits(value, head.size()) || value.is_array()) {
      out += head + " ";
      if (!value.is_array() || fits(value, head.size())) {
        out += flow(value) + "\n";
        continue;
      }
      out.back() = '\n';
      for (const Json& item : value) {
        out += std::string(indent + 2, ' ') + "- " + flow(item) + "\n";
      }
    } else {
      out += head + "\n";
      write(value, indent + 2, out);
    }
  }
}

}  // namespace

std::string to_yaml(const Json& resolved) {
  std::string out;
  write(resolved, 0, out);
  return out;
}

}  // namespace cofi::spec
