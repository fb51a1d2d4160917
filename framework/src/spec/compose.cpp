#include "spec/compose.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/parser.hpp"
#include "spec/path.hpp"

namespace cofi::spec {
namespace {

namespace fs = std::filesystem;

// Resolves every `from` below a node.
class Composer {
 public:
  explicit Composer(Problems& problems) : problems_(problems) {}

  Node file(const std::string& path, const Position& asked_at) {
    const std::string key = fs::weakly_canonical(path).string();
    const auto open = std::find(chain_.begin(), chain_.end(), key);
    if (open != chain_.end()) {
      std::vector<std::string> circle(open, chain_.end());
      circle.push_back(key);
      throw Error(asked_at.text(),
                  ": from: the files build on each other in a circle: ", join(circle, " -> "));
    }
    if (chain_.size() >= kMaxChain) {
      throw Error(asked_at.text(), ": from: more than ", kMaxChain, " files build on each other");
    }
    auto read = read_.find(key);
    if (read == read_.end()) read = read_.emplace(key, parse_file(path, problems_)).first;
    Node node = read->second;
    chain_.push_back(key);
    resolve(node, fs::path(path).parent_path());
    chain_.pop_back();
    return node;
  }

  // `folder` is where relative paths of this node's text start.
  void resolve(Node& node, const fs::path& folder) {
    nodes_ += 1;
    if (nodes_ > kMaxNodes) {
      throw Error(node.place.text(), ": from: the files together have more than ", kMaxNodes,
                  " values");
    }
    for (Node& item : node.items) resolve(item, folder);
    for (Entry& entry : node.entries) resolve(entry.value, folder);
    const Entry* from = node.entry("from");
    if (from == nullptr) return;
    const Node base = fragment(from->value, folder);
    node.erase("from");
    node = merge(base, node);
  }

 private:
  static constexpr std::size_t kMaxChain = 32;

  Node fragment(const Node& from, const fs::path& folder) {
    const std::string at = from.place.text();
    if (!from.is_scalar() || from.text.empty()) {
      throw Error(at, ": from: ", from.describe(), " is not the path of a YAML file");
    }
    if (from.text.find("${") != std::string::npos) {
      throw Error(at, ": from: '", from.text,
                  "' cannot be interpolated: files are read before ${...} is");
    }
    const fs::path path = fs::path(from.text).is_absolute()
                              ? fs::path(from.text)
                              : (folder / from.text).lexically_normal();
    if (!fs::is_regular_file(path)) {
      throw Error(at, ": from: no file '", path.string(), "'", near(path),
                  "; paths are relative to the file that says them");
    }
    Node base = file(path.string(), from.place);
    if (!base.is_map()) {
      throw Error(at, ": from: '", path.string(), "' holds ", base.describe(), ", not a map");
    }
    return base;
  }

  // Files of a like name beside a missing one.
  static std::string near(const fs::path& path) {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(path.parent_path(), none)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return did_you_mean(path.filename().string(), names);
  }

  Problems& problems_;
  std::vector<std::string> chain_;  // canonical paths of the files being read
  std::map<std::string, Node> read_;
  std::size_t nodes_ = 0;
};

}  // namespace

Node compose_file(const std::string& file, Problems& problems) {
  return Composer(problems).file(file, {});
}

Node merge(const Node& base, const Node& own) {
  Node over = own, under = base;
  if (under.is_map() && over.is_scalar() && under.find("use") != nullptr) expand_use(over);
  if (over.is_map() && under.is_scalar() && over.find("use") == nullptr) expand_use(under);
  if (!under.is_map() || !over.is_map()) return over;
  const Node* base_use = under.find("use");
  const Node* own_use = over.find("use");
  if (base_use != nullptr && own_use != nullptr && base_use->text != own_use->text) return over;
  Node merged = under;
  merged.place = over.place;
  for (const Entry& entry : over.entries) {
    const Node* before = merged.find(entry.key);
    if (before == nullptr) {
      merged.set(entry.key, entry.place, entry.value);
    } else if (entry.value.is_null()) {
      merged.erase(entry.key);
    } else {
      merged.set(entry.key, entry.place, merge(*before, entry.value));
    }
  }
  return merged;
}

void apply_overrides(Node& root, const std::vector<std::string>& overrides, Problems& problems) {
  for (const std::string& text : overrides) {
    const Position place{std::make_shared<const std::string>("--set " + text)};
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      problems.add(place, "", "no '='; write --set a.b.c=value");
      continue;
    }
    Node value;
    try {
      value = parse_value(text.substr(equals + 1), place, problems);
      Composer(problems).resolve(value, {});
    } catch (const Error& error) {
      problems.add({}, "", error.what());  // says its place itself
      continue;
    }
    try {
      const Path path = split_path(text.substr(0, equals));
      if (path.back() == "from") {
        throw Error("files are read before --set is; set the map that is to build on one: ",
                    "--set a.b='{from: FILE}'");
      }
      if (value.is_null()) {
        erase_path(root, path);
      } else {
        set_path(root, path, place, std::move(value));
      }
    } catch (const Error& error) {
      problems.add(place, "", error.what());
    }
  }
}

}  // namespace cofi::spec
