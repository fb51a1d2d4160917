#include "spec/sweep.hpp"

#include <algorithm>
#include <set>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/grammar.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

const std::vector<std::string>& sweepable() {
  static const std::vector<std::string> keys = {"seed",      "dataset", "datasets",
                                                "filters",   "split",   "models",
                                                "optimizer", "train",   "evaluate"};
  return keys;
}

std::string show(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return "null";
    case Node::Type::kScalar:
      return write_scalar(read_scalar(node));
    case Node::Type::kList: {
      std::vector<std::string> items;
      for (const Node& item : node.items) items.push_back(show(item));
      return "[" + join(items) + "]";
    }
    case Node::Type::kMap:
      break;
  }
  std::vector<std::string> parts;
  for (const Entry& entry : node.entries) {
    if (entry.key != "use") parts.push_back(entry.key + "=" + show(entry.value));
  }
  const Node* use = node.find("use");
  if (use == nullptr) return "{" + join(parts) + "}";
  return show(*use) + (parts.empty() ? "" : "(" + join(parts) + ")");
}

// Where the first keys of a path are known before any plugin is: an Error with the right path.
void check_path(const Path& path, const Node& root) {
  const std::string& top = path[0];
  const auto unknown = [&](std::size_t at, const std::vector<std::string>& known,
                           const std::string& list_name) {
    std::vector<std::string> meant;
    for (const std::string& name : nearest(path[at], known)) {
      Path right = path;
      right[at] = name;
      meant.push_back(show_path(right));
    }
    throw Error("unknown swept path",
                meant.empty() ? ";" : ", did you mean '" + join(meant, "' or '") + "'?", " ",
                list_name, ": ", join(known));
  };
  if (std::find(sweepable().begin(), sweepable().end(), top) == sweepable().end()) {
    if (top_block().find(top) != nullptr) {
      throw Error("'", top, "' cannot be swept; what can: ", join(sweepable()));
    }
    unknown(0, sweepable(), "what can be swept");
  }
  if (top == "models" || top == "datasets") {
    std::vector<std::string> names;
    if (const Node* map = root.find(top)) {
      for (const Entry& entry : map->entries) names.push_back(entry.key);
    }
    if (path.size() < 2) {
      throw Error("names all of ", top, "; name one of them: ", top,
                  ".NAME; there are: ", join(names));
    }
    if (std::find(names.begin(), names.end(), path[1]) == names.end()) {
      unknown(1, names, "the spec's " + top);
    }
  }
  const Block* block = top == "train"      ? &train_block()
                       : top == "evaluate" ? &evaluate_block()
                                           : nullptr;
  if (block != nullptr && path.size() > 1 && block->find(path[1]) == nullptr) {
    unknown(1, block->names(), "keys of " + top);
  }
}

// The list that a leaf stands for; an Error where it stands for none.
const Node& values_of(const Node& leaf) {
  const Node* values = &leaf;
  if (leaf.is_map()) {
    values = leaf.find("choice");
    for (const char* range : {"int", "real", "log"}) {
      if (leaf.find(range) != nullptr) {
        throw Error("a range ({", range, ": [low, high]}) needs a block random, halving or tpe, ",
                    "which are not available in this version; write a list of values");
      }
    }
    if (values == nullptr || leaf.entries.size() != 1) {
      throw Error("a map is not a list of values; allowed: [value, ...] or {choice: [value, ...]}");
    }
  }
  if (!values->is_list()) {
    throw Error(values->describe(), " is not a list of values; allowed: [value, ...] or ",
                "{choice: [value, ...]}");
  }
  if (values->items.empty()) throw Error("an empty list; a swept key needs a value at least");
  return *values;
}

bool is_prefix(const Path& shorter, const Path& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

}  // namespace

std::string Axis::shown(std::size_t i, Interpolator& interpolator) const {
  Node value = interpolator.resolve(values[i], name);
  if (!value.is_map() || value.find("use") == nullptr) return show(value);
  // Of the other values of this `use`, keys that all agree on say nothing.
  std::vector<Node> alike;
  for (const Node& other : values) {
    const Node* use = use_of(other);
    if (use != nullptr && use->text == value.find("use")->text) alike.push_back(other);
  }
  Node differing = value;
  for (const Entry& entry : value.entries) {
    if (entry.key == "use") continue;
    const bool agreed = std::all_of(alike.begin(), alike.end(), [&](const Node& other) {
      const Node* there = other.find(entry.key);
      return there != nullptr && show(*there) == show(*values[i].find(entry.key));
    });
    if (agreed) differing.erase(entry.key);
  }
  return show(differing);
}

Sweep::Sweep(const Node& root, Problems& problems) {
  const Node* sweep = root.find("sweep");
  if (sweep == nullptr || sweep->is_null()) return;
  if (!sweep->is_list()) {
    problems.add(sweep->place, "sweep",
                 sweep->describe() + " is not a list; allowed: a list of blocks, " +
                     "each {grid: {path: [value, ...]}} or {zip: ...}");
    return;
  }
  for (std::size_t i = 0; i < sweep->items.size(); ++i) {
    read_block(sweep->items[i], child_path("sweep", std::to_string(i)), root, problems);
  }
  const std::vector<const Axis*> all = axes();
  for (std::size_t later = 0; later < all.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (all[later]->path == all[earlier]->path) {
        problems.add(
            all[later]->place, "sweep",
            "'" + all[later]->name + "' is swept twice; first at " + all[earlier]->place.text());
      } else if (is_prefix(all[later]->path, all[earlier]->path)) {
        problems.add(all[later]->place, "sweep",
                     "'" + all[later]->name + "' would undo '" + all[earlier]->name +
                         "', which is a part of it; put it first");
      }
    }
  }
}

void Sweep::read_block(const Node& block, const std::string& path, const Node& root,
                       Problems& problems) {
  const std::vector<std::string> kinds = sweep_block().names();
  if (!block.is_map() || block.entries.size() != 1) {
    problems.add(
        block.place, path,
        (block.is_map() ? std::to_string(block.entries.size()) + " keys" : block.describe()) +
            ", where a block has one key; allowed: " + join(kinds));
    return;
  }
  const Entry& only = block.entries[0];
  const Key* key = sweep_block().find(only.key);
  if (key == nullptr) {
    const std::string meant = did_you_mean(only.key, kinds);
    problems.add(only.place, child_path(path, only.key),
                 "unknown key of a sweep's block" + (meant.empty() ? ";" : meant) +
                     " allowed: " + join(kinds));
    return;
  }
  if (key->later) {
    problems.add(only.place, child_path(path, only.key),
                 "not available in this version; what is: grid, zip");
    return;
  }
  std::vector<Axis> axes = read_axes(only.value, child_path(path, only.key), root, problems);
  if (axes.empty()) return;
  if (only.key == "grid") {
    for (Axis& axis : axes) blocks_.push_back({{std::move(axis)}});
    return;
  }
  for (const Axis& axis : axes) {
    if (axis.values.size() == axes[0].values.size()) continue;
    problems.add(axis.place, child_path(path, only.key),
                 "'" + axis.name + "' has " + std::to_string(axis.values.size()) + " values, '" +
                     axes[0].name + "' " + std::to_string(axes[0].values.size()) +
                     "; the lists of a zip are equally long");
    return;
  }
  blocks_.push_back({std::move(axes)});
}

std::vector<Axis> Sweep::read_axes(const Node& map, const std::string& path, const Node& root,
                                   Problems& problems) const {
  std::vector<Axis> axes;
  if (!map.is_map() || map.entries.empty()) {
    problems.add(
        map.place, path,
        (map.is_map() ? "an empty map" : map.describe()) +
            "; allowed: a map of paths and lists of values {models.svd.factors: [10, 20]}");
    return axes;
  }
  for (const Entry& entry : map.entries) {
    Axis axis{entry.key, {}, entry.place, {}};
    try {
      axis.path = split_path(entry.key);
      check_path(axis.path, root);
      axis.values = values_of(entry.value).items;
    } catch (const Error& error) {
      problems.add(entry.place, child_path(path, "'" + entry.key + "'"), error.what());
      continue;
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<const Axis*> Sweep::axes() const {
  std::vector<const Axis*> all;
  for (const SweepBlock& block : blocks_) {
    for (const Axis& axis : block.axes) all.push_back(&axis);
  }
  return all;
}

std::vector<Setting> Sweep::settings(const std::string& dataset, const std::string& model) const {
  std::vector<Setting> settings(1);
  for (const SweepBlock& block : blocks_) {
    std::vector<const Axis*> reaching;
    for (const Axis& axis : block.axes) {
      if (may_reach(axis.path, dataset, model)) reaching.push_back(&axis);
    }
    if (reaching.empty()) continue;
    if (settings.size() * block.size() > kMaxSettings) {
      throw Error("more than ", kMaxSettings, " settings of models.", model,
                  "; sweep less at a time");
    }
    std::vector<Setting> longer;
    for (const Setting& setting : settings) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        longer.push_back(setting);
        for (const Axis* axis : reaching) longer.back().emplace_back(axis, i);
      }
    }
    settings = std::move(longer);
  }
  return settings;
}

bool may_reach(const Path& path, const std::string& dataset, const std::string& model) {
  if (path[0] == "models") return path[1] == model;
  if (path[0] == "datasets") return path[1] == dataset;
  return true;
}

}  // namespace cofi::spec
