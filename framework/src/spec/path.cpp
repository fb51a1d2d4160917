#include "spec/path.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include "cofi/error.hpp"

namespace cofi::spec {
namespace {

// The element of a list that a key names, or null.
template <class List>
auto* element(List& list, const std::string& key) {
  std::size_t index = 0;
  const char* end = key.data() + key.size();
  const auto result = std::from_chars(key.data(), end, index);
  const bool good = result.ec == std::errc() && result.ptr == end && index < list.items.size();
  return good ? &list.items[index] : nullptr;
}

// The node that holds the path's last key; null where there is none and `make` is false.
Node* parent_of(Node& root, const Path& path, const Position& place, bool make) {
  Node* at = &root;
  for (std::size_t i = 0;; ++i) {
    const std::string here = show_path(Path(path.begin(), path.begin() + static_cast<long>(i)));
    expand_use(*at);
    if (at->is_null() && make) *at = map_node(place);
    if (at->is_list()) {
      if (element(*at, path[i]) == nullptr) {
        throw Error(
            here, " is a list of ", at->items.size(), ", which has no element '", path[i],
            at->items.empty() ? "'" : "'; allowed: 0 to " + std::to_string(at->items.size() - 1));
      }
    } else if (!at->is_map()) {
      return nullptr;
    }
    if (i + 1 == path.size()) return at;
    if (at->is_list()) {
      at = element(*at, path[i]);
    } else if (Node* next = at->find(path[i])) {
      at = next;
    } else if (make) {
      at = &at->set(path[i], place, map_node(place));
    } else {
      return nullptr;
    }
  }
}

}  // namespace

Path split_path(const std::string& text) {
  Path path;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('.', begin);
    path.push_back(text.substr(begin, end - begin));
    if (path.back().empty()) {
      throw Error("'", text, "' is no path; a path is keys with dots between: a.b.c");
    }
    if (path.size() > 64) throw Error("a path of more than 64 keys");
    if (end == std::string::npos) return path;
    begin = end + 1;
  }
}

std::string show_path(const Path& path) {
  std::string text;
  for (const std::string& key : path) text = child_path(text, key);
  return text;
}

std::string child_path(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

const Node* find_path(const Node& root, const Path& path) {
  const Node* at = &root;
  for (const std::string& key : path) {
    if (at->is_list()) {
      at = element(*at, key);
    } else if (at->is_map()) {
      at = at->find(key);
    } else if (!(at->is_scalar() && key == "use")) {
      at = nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

void set_path(Node& root, const Path& path, const Position& place, Node value) {
  Node* parent = parent_of(root, path, place, true);
  if (parent->is_list()) {
    *element(*parent, path.back()) = std::move(value);
  } else {
    parent->set(path.back(), place, std::move(value));
  }
}

void erase_path(Node& root, const Path& path) {
  Node* parent = parent_of(root, path, {}, false);
  if (parent == nullptr) return;
  if (parent->is_list()) {
    throw Error("an element of a list cannot be removed; set the whole list");
  }
  parent->erase(path.back());
}

}  // namespace cofi::spec
