#include "spec/interpolate.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/parser.hpp"
#include "spec/path.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

// A piece of a scalar: text, or the name in a ${...}.
struct Part {
  bool is_name;
  std::string text;
};

std::vector<Part> parts_of(const std::string& text) {
  std::vector<Part> parts;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parts.push_back({false, std::exchange(literal, "")});
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "$${") == 0) {
      literal += "${";
      at += 3;
    } else if (text.compare(at, 2, "${") == 0) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) throw Error("a '${' without its '}' (for a plain one: $${)");
      flush();
      parts.push_back({true, text.substr(at + 2, end - at - 2)});
      at = end + 1;
    } else {
      literal += text[at++];
    }
  }
  flush();
  return parts;
}

bool is_environment(const std::string& name) { return name.compare(0, 4, "env:") == 0; }

std::string environment(const std::string& name) {
  const std::string variable = name.substr(4);
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) {
    throw Error("${", name, "}: the environment variable '", variable, "' is not set");
  }
  if (!is_utf8(value)) {
    throw Error("${", name, "}: the environment variable '", variable, "' is not UTF-8 text");
  }
  return value;
}

Node plain_node(const std::string& text, const Position& place) {
  if (!is_null_text(text)) return scalar_node(text, place, false);
  Node null;
  null.place = place;
  return null;
}

// What there is where a path's first missing key should be.
std::string missing(const Node& root, const std::string& name) {
  const Path path = split_path(name);
  Path known;
  const Node* at = &root;
  for (const std::string& key : path) {
    known.push_back(key);
    const Node* next = find_path(root, known);
    if (next == nullptr) break;
    at = next;
  }
  std::vector<std::string> keys;
  for (const Entry& entry : at->entries) keys.push_back(entry.key);
  std::string text = did_you_mean(known.back(), keys);
  if (!keys.empty()) text += (text.empty() ? "; " : " ") + ("there is: " + join(keys));
  return text;
}

std::string escape(const std::string& text) {
  std::string escaped;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "${") == 0) escaped += '$';
    escaped += text[at];
  }
  return escaped;
}

}  // namespace

bool has_interpolation(const Node& node) {
  return node.is_scalar() && node.text.find("${") != std::string::npos;
}

Node Interpolator::resolve(const Node& node, const std::string& path) {
  if (node.is_scalar()) {
    if (!has_interpolation(node)) return node;
    chain_.clear();
    depth_ = 0;
    try {
      return scalar(node);
    } catch (const Error& error) {
      problems_.add(node.place, path, error.what());
      return node;
    }
  }
  Node copy = node;
  for (std::size_t i = 0; i < copy.items.size(); ++i) {
    copy.items[i] = resolve(copy.items[i], child_path(path, std::to_string(i)));
  }
  for (Entry& entry : copy.entries) {
    entry.value = resolve(entry.value, child_path(path, entry.key));
  }
  return copy;
}

Node Interpolator::scalar(const Node& node) {
  const std::vector<Part> parts = parts_of(node.text);
  if (parts.size() == 1 && parts[0].is_name) return value_at(parts[0].text, node.place);
  std::string text;
  for (const Part& part : parts) {
    if (!part.is_name) {
      text += part.text;
      continue;
    }
    const Node value = value_at(part.text, node.place);
    if (!value.is_scalar() && !value.is_null()) {
      throw Error("${", part.text, "} is ", value.describe(), ", which cannot stand within text");
    }
    text += value.text;
    count(text.size());
  }
  return scalar_node(text, node.place);
}

Node Interpolator::inner(const Node& node) {
  count(0);
  if (has_interpolation(node)) return scalar(node);
  if (depth_ >= kMaxDepth) throw Error("interpolation makes this spec too deep");
  ++depth_;
  Node copy = node;
  for (Node& item : copy.items) item = inner(item);
  for (Entry& entry : copy.entries) entry.value = inner(entry.value);
  --depth_;
  return copy;
}

Node Interpolator::value_at(const std::string& name, const Position& place) {
  if (is_environment(name)) return plain_node(environment(name), place);
  if (std::find(chain_.begin(), chain_.end(), name) != chain_.end()) {
    throw Error("${", name, "} leads back to itself: ", join(chain_, " -> "), " -> ", name);
  }
  const Node* found = find_path(root_, split_path(name));
  if (found == nullptr)
    throw Error("${", name, "} names nothing in this spec", missing(root_, name));
  chain_.push_back(name);
  Node value = inner(*found);
  chain_.pop_back();
  value.place = place;
  return value;
}

void Interpolator::count(std::size_t bytes) {
  nodes_ += 1;
  bytes_ += bytes;
  if (nodes_ > kMaxNodes || bytes_ > kMaxBytes || chain_.size() > kMaxDepth) {
    throw Error("interpolation makes this spec too large");
  }
}

Node resolve_environment(const Node& node) {
  Node copy = node;
  for (Node& item : copy.items) item = resolve_environment(item);
  for (Entry& entry : copy.entries) entry.value = resolve_environment(entry.value);
  if (!has_interpolation(node)) return copy;
  try {
    const std::vector<Part> parts = parts_of(node.text);
    if (parts.size() == 1 && parts[0].is_name) {
      if (!is_environment(parts[0].text)) return copy;
      return plain_node(escape(environment(parts[0].text)), node.place);
    }
    copy.text.clear();
    for (const Part& part : parts) {
      if (!part.is_name) {
        copy.text += escape(part.text);
      } else if (is_environment(part.text)) {
        copy.text += escape(environment(part.text));
      } else {
        copy.text += "${" + part.text + "}";
      }
    }
    copy.quoted = true;
  } catch (const Error&) {
    return node;  // reported where the scalar is interpolated for its row
  }
  return copy;
}

}  // namespace cofi::spec
