#include "spec/tree.hpp"

#include <algorithm>
#include <utility>

#include "spec/scalar.hpp"

namespace cofi::spec {

std::string Position::text() const {
  const std::string name = file ? *file : std::string();
  if (line == 0) return name;
  return name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const Entry* Node::entry(const std::string& key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& each) { return each.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(const std::string& key) const {
  const Entry* found = entry(key);
  return found == nullptr ? nullptr : &found->value;
}

Node* Node::find(const std::string& key) {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::erase(const std::string& key) {
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&](const Entry& each) { return each.key == key; }),
                entries.end());
}

Node& Node::set(const std::string& key, const Position& key_place, Node value) {
  for (Entry& each : entries) {
    if (each.key != key) continue;
    each.place = key_place;
    each.value = std::move(value);
    return each.value;
  }
  entries.push_back({key, key_place, std::move(value)});
  return entries.back().value;
}

std::size_t Node::size() const {
  std::size_t total = 1;
  for (const Node& item : items) total += item.size();
  for (const Entry& each : entries) total += each.value.size();
  return total;
}

std::string Node::describe() const {
  switch (type) {
    case Type::kNull:
      return "null";
    case Type::kList:
      return "a list";
    case Type::kMap:
      return "a map";
    case Type::kScalar:
      break;
  }
  const Scalar value = read_scalar(*this);
  const std::string shown = text.size() > 60 ? text.substr(0, 57) + "..." : text;
  if (std::holds_alternative<bool>(value)) return "the truth value " + shown;
  if (std::holds_alternative<std::string>(value)) return "the string '" + shown + "'";
  return "the number " + shown;
}

Node scalar_node(std::string text, const Position& place, bool quoted) {
  Node node;
  node.type = Node::Type::kScalar;
  node.place = place;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

Node map_node(const Position& place) {
  Node node;
  node.type = Node::Type::kMap;
  node.place = place;
  return node;
}

const Node* use_of(const Node& node) { return node.is_scalar() ? &node : node.find("use"); }

void expand_use(Node& node) {
  if (!node.is_scalar()) return;
  Node map = map_node(node.place);
  map.set("use", node.place, node);
  node = std::move(map);
}

}  // namespace cofi::spec
