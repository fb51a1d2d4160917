// A spec's text as a tree that remembers where everything stands.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace cofi::spec {

// Where something stands: a line and column of a file, or (line 0) an override ("--set a.b=3").
struct Position {
  std::shared_ptr<const std::string> file;
  int line = 0, column = 0;

  std::string text() const;  // "spec.yaml:7:3"
};

struct Entry;

// A null, a scalar, a list or a map. Scalars stay text: what they are is decided where they are
// read, by scalar.hpp.
struct Node {
  enum class Type { kNull, kScalar, kList, kMap };

  Type type = Type::kNull;
  Position place;
  std::string text;            // of a scalar
  bool quoted = false;         // a scalar that was quoted, and so is a string
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the order written; no key twice

  bool is_null() const { return type == Type::kNull; }
  bool is_scalar() const { return type == Type::kScalar; }
  bool is_list() const { return type == Type::kList; }
  bool is_map() const { return type == Type::kMap; }

  // A map's value, or null where there is none (or this is no map).
  const Node* find(const std::string& key) const;
  Node* find(const std::string& key);
  const Entry* entry(const std::string& key) const;
  void erase(const std::string& key);
  // Sets a map's value, at the end where the key is new.
  Node& set(const std::string& key, const Position& key_place, Node value);
  // How many nodes it has, itself included.
  std::size_t size() const;
  // "a map", "a list", "null", "the string 'x'", "the number 3": for messages.
  std::string describe() const;
};

struct Entry {
  std::string key;
  Position place;
  Node value;
};

Node scalar_node(std::string text, const Position& place, bool quoted = true);
Node map_node(const Position& place);

// A plugin's `use`: the key of a map, or the bare string that is short for it; null where neither.
const Node* use_of(const Node& node);
// Writes a bare string out as {use: it}; other nodes stay as they are.
void expand_use(Node& node);

}  // namespace cofi::spec
