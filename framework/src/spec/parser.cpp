#include "spec/parser.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::spec {
namespace {

// Builds a Node from the parser's events. Throws Errors with the position.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(Position start, Problems& problems) : start_(std::move(start)), problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(at(mark), "a second document; a file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = at(mark);
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(at(mark), "an alias of the value that contains it");
    if (++aliases_ > kMaxAliases) {
      fail(at(mark), "more than " + std::to_string(kMaxAliases) + " aliases");
    }
    if (depth() + found->second.depth > kMaxDepth) too_deep(at(mark));
    count(found->second.size, at(mark));
    add(found->second.node, 0, found->second.depth);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    if (value.find('\0') != std::string::npos)
      fail(at(mark), "a string with a character of code 0");
    if (!is_utf8(value)) {  // what yaml-cpp makes of them
      fail(at(mark), "the escapes \\N and \\_; write \\u0085 and \\u00a0");
    }
    add(scalar_node(value, at(mark), tag == "!"), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(Node::Type::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(Node::Type::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

  Position at(const YAML::Mark& mark) const {
    Position place = start_;
    if (place.line == 0 || mark.is_null()) return place;
    place.line = mark.line + 1;
    place.column = mark.column + 1;
    return place;
  }

  [[noreturn]] static void fail(const Position& place, const std::string& what) {
    throw Error(place.text(), ": ", what);
  }

 private:
  static constexpr int kMaxAliases = 1000;

  // A map or list under construction.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    int depth = 1;  // of what it holds, itself included
    bool has_key = false, dropped = false;
    std::string key;
    Position key_place;
    std::set<std::string> keys;  // so far
  };
  struct Anchored {
    Node node;
    std::size_t size;
    int depth;
  };

  int depth() const { return static_cast<int>(open_.size()); }

  [[noreturn]] static void too_deep(const Position& place) {
    fail(place, "more than " + std::to_string(kMaxDepth) + " maps and lists in each other");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fail(at(mark), "a tag (" + tag + "); tags have no use here, quote what is to be a string");
  }

  void count(std::size_t nodes, const Position& place) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes) {
      fail(place, "more than " + std::to_string(kMaxNodes) + " values (aliases count in full)");
    }
  }

  void begin(Node::Type type, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (awaits_key()) {
      fail(at(mark), "a key that is not plain text, or a '[' or '{' without its end");
    }
    if (depth() >= kMaxDepth) too_deep(at(mark));
    Open opened;
    opened.node.type = type;
    opened.node.place = at(mark);
    opened.anchor = anchor;
    open_.push_back(std::move(opened));
  }

  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed.node), closed.anchor, closed.depth);
  }

  bool awaits_key() const {
    return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
  }

  void add(Node node, YAML::anchor_t anchor, int node_depth = 0) {
    count(1, node.place);
    if (anchor != 0) anchors_[anchor] = {node, node.size(), node_depth};
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    parent.depth = std::max(parent.depth, node_depth + 1);
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      take_key(parent, node);
    } else {
      if (!parent.dropped) {
        parent.node.entries.push_back(
            {std::move(parent.key), std::move(parent.key_place), std::move(node)});
      }
      parent.has_key = false;
    }
  }

  void take_key(Open& parent, const Node& key) {
    if (!key.is_scalar()) fail(key.place, "a key that is not plain text");
    if (key.text == "<<" && !key.quoted) {
      fail(key.place, "a merge key (<<); use 'from' to build on another map");
    }
    parent.has_key = true;
    parent.key = key.text;
    parent.key_place = key.place;
    parent.dropped = !parent.keys.insert(key.text).second;
    if (parent.dropped) {
      problems_.add(key.place, "",
                    "the key '" + key.text + "' stands here again; it is first at " +
                        parent.node.entry(key.text)->place.text());
    }
  }

  Position start_;
  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  int aliases_ = 0, documents_ = 0;
};

// Raw control characters are no YAML, but yaml-cpp takes some, and a zero for a backslash.
void refuse_control_characters(const std::string& text, const TreeBuilder& builder) {
  YAML::Mark mark;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      std::string what = fmt::format("a control character (code {})", byte);
      if (byte != 0) what += fmt::format("; in double quotes, \"\\x{:02x}\" is one", byte);
      TreeBuilder::fail(builder.at(mark), what);
    }
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues) ++mark.column;
    if (c == '\n') {
      ++mark.line;
      mark.column = 0;
    }
  }
}

std::string lower_first(std::string text) {
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z' && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

Node parse_at(const std::string& text, const Position& start, Problems& problems) {
  if (text.size() > kMaxBytes) {
    TreeBuilder::fail(start, std::to_string(text.size()) + " bytes; a spec has at most " +
                                 std::to_string(kMaxBytes));
  }
  if (!is_utf8(text)) TreeBuilder::fail(start, "not UTF-8 text");
  TreeBuilder builder(start, problems);
  refuse_control_characters(text, builder);
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    TreeBuilder::fail(builder.at(error.mark), "not YAML: " + lower_first(error.msg));
  }
  return builder.take();
}

}  // namespace

Node parse(const std::string& text, const std::string& name, Problems& problems) {
  return parse_at(text, {std::make_shared<const std::string>(name), 1, 1}, problems);
}

Node parse_value(const std::string& text, const Position& place, Problems& problems) {
  return parse_at(text, place, problems);
}

Node parse_file(const std::string& path, Problems& problems) {
  if (std::filesystem::is_directory(path)) throw Error(path, ": a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(path, ": no such file, or it cannot be read");
  std::ostringstream text;
  // A little more than allowed, so that an endless file is refused and not read.
  std::string block(std::size_t{1} << 16, '\0');
  std::size_t total = 0;
  while (total <= kMaxBytes &&
         (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)) {
    text.write(block.data(), in.gcount());
    total += static_cast<std::size_t>(in.gcount());
  }
  return parse(text.str(), path, problems);
}

bool is_utf8(const std::string& text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte(at);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t next = 1; next < length; ++next) {
      if ((byte(at + next) & 0xC0) != 0x80) return false;
    }
    if (length > 2) {  // overlong forms, surrogates, beyond U+10FFFF
      const unsigned second = byte(at + 1);
      if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
          (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
        return false;
      }
    }
    at += length;
  }
  return true;
}

}  // namespace cofi::spec
