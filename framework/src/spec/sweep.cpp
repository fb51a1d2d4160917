#include "spec/sweep.hpp"

#include <algorithm>
#include <set>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/check_scalar.hpp"
#include "spec/defaults.hpp"
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

bool is_sweepable(const std::string& key) {
  return std::find(sweepable().begin(), sweepable().end(), key) != sweepable().end();
}

std::string show(const Node& node);

// Of a list or map: quoted where it could be taken for several.
std::string show_part(const Node& node) {
  const std::string text = show(node);
  const bool plain = !node.is_scalar() || text.find_first_of(",=()[]{}") == std::string::npos;
  return plain ? text : '"' + text + '"';
}

std::string show(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return "null";
    case Node::Type::kScalar:
      return write_scalar(read_scalar(node));
    case Node::Type::kList: {
      std::vector<std::string> items;
      for (const Node& item : node.items) items.push_back(show_part(item));
      return "[" + join(items) + "]";
    }
    case Node::Type::kMap:
      break;
  }
  std::vector<std::string> parts;
  for (const Entry& entry : node.entries) {
    if (entry.key != "use") parts.push_back(entry.key + "=" + show_part(entry.value));
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
  if (!is_sweepable(top)) {
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

// An axis without its values; an Error where the path leads nowhere.
Axis axis_of(const Entry& entry, const Node& root) {
  Axis axis{entry.key, split_path(entry.key), entry.place, {}};
  check_path(axis.path, root);
  return axis;
}

std::uint64_t seed_of(const Node& root) {
  const Node* seed = root.find("seed");
  if (seed == nullptr || !seed->is_scalar()) return 0;
  const Scalar value = read_scalar(*seed);
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
}

bool is_prefix(const Path& shorter, const Path& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

}  // namespace

std::string Axis::shown(const Node& written, Interpolator& interpolator) const {
  Node value = interpolator.resolve(written, name);
  if (!value.is_map() || value.find("use") == nullptr) return show(value);
  // Of the other values of this `use`, keys that all agree on say nothing.
  std::vector<Node> alike;
  for (const Node& other : values) {
    Node resolved = interpolator.resolve(other, name);
    const Node* use = use_of(resolved);
    if (use != nullptr && use->text == value.find("use")->text) {
      alike.push_back(std::move(resolved));
    }
  }
  Node differing = value;
  for (const Entry& entry : value.entries) {
    if (entry.key == "use") continue;
    const bool agreed = std::all_of(alike.begin(), alike.end(), [&](const Node& other) {
      const Node* there = other.find(entry.key);
      return there != nullptr && show(*there) == show(entry.value);
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
  const std::string below = child_path(path, only.key);
  const std::size_t before = problems.size();
  if (only.value.is_map() && !only.value.entries.empty()) {
    if (key->block == nullptr) {
      read_lists(only.key, only.value, below, root, problems);
    } else {
      read_search(only, below, root, problems);
    }
    if (problems.size() > before) blocks_.clear();  // nothing else can be told
    return;
  }
  const std::string options = key->block == nullptr ? "" : ", and " + join(key->block->names());
  problems.add(only.value.place, below,
               (only.value.is_map() ? "an empty map" : only.value.describe()) +
                   "; allowed: a map of paths and values {models.svd.factors: [10, 20]}" + options);
}

void Sweep::read_lists(const std::string& kind, const Node& map, const std::string& path,
                       const Node& root, Problems& problems) {
  std::vector<Axis> axes;
  for (const Entry& entry : map.entries) {
    try {
      Axis axis = axis_of(entry, root);
      axis.values = list_of_values(entry.value).items;
      axes.push_back(std::move(axis));
    } catch (const Error& error) {
      problems.add(entry.place, child_path(path, "'" + entry.key + "'"), error.what());
    }
  }
  if (axes.empty()) return;
  if (kind == "grid") {
    for (Axis& axis : axes) blocks_.push_back({{std::move(axis)}});
    return;
  }
  for (const Axis& axis : axes) {
    if (axis.values.size() == axes[0].values.size()) continue;
    problems.add(axis.place, path,
                 "'" + axis.name + "' has " + std::to_string(axis.values.size()) + " values, '" +
                     axes[0].name + "' " + std::to_string(axes[0].values.size()) +
                     "; the lists of a zip are equally long");
    return;
  }
  blocks_.push_back({std::move(axes)});
}

void Sweep::read_search(const Entry& block, const std::string& path, const Node& root,
                        Problems& problems) {
  const Block& keys = *sweep_block().find(block.key)->block;
  SearchBlock search;
  search.place = block.place;
  search.options.kind = block.key;
  Json options = Json::object();
  for (const Key& key : keys.keys) {
    const Node* given = block.value.find(key.row.name);
    const std::string below = child_path(path, key.row.name);
    if (given != nullptr) {
      options[key.row.name] = check_scalar(*given, key.row, below, problems);
    } else if (key.row.fallback == nullptr) {
      problems.add(block.place, below, "missing; " + block.key + " needs it: " + key.row.doc);
    } else {
      options[key.row.name] = default_value(key.row);
    }
  }
  for (const Entry& entry : block.value.entries) {
    if (keys.find(entry.key) != nullptr) continue;
    try {
      if (entry.key.find('.') == std::string::npos && !is_sweepable(entry.key)) {
        std::vector<std::string> known = keys.names();
        known.insert(known.end(), sweepable().begin(), sweepable().end());
        throw Error("unknown key of ", block.key, did_you_mean(entry.key, known),
                    "; allowed: ", join(keys.names()), " and the paths of keys to search");
      }
      search.axes.push_back(axis_of(entry, root));
      search.domains.emplace_back(entry.value);
      if (entry.value.is_list()) search.axes.back().values = entry.value.items;
      if (const Node* choice = entry.value.find("choice")) {
        search.axes.back().values = choice->items;
      }
    } catch (const Error& error) {
      problems.add(entry.place, child_path(path, "'" + entry.key + "'"), error.what());
      return;
    }
  }
  if (search.axes.empty()) {
    problems.add(block.place, path,
                 "nothing to search; add a path with a range or a list: "
                 "models.svd.factors: {int: [8, 64]}");
  }
  const auto number = [&](const char* key) {
    return options.contains(key) && options[key].is_number_integer()
               ? options[key].get<std::int64_t>()
               : std::int64_t{0};
  };
  search.options.trials = number("trials");
  search.options.eta = number("eta");
  search.options.startup = number("startup");
  search.options.seed = seed_of(root);
  if (block.key == "random") {
    const auto trials = static_cast<std::size_t>(search.options.trials);
    for (std::size_t n = 0; n < search.axes.size(); ++n) {
      Axis& axis = search.axes[n];
      axis.values.clear();
      for (std::size_t trial = 0; trial < trials; ++trial) {
        axis.values.push_back(
            search.domains[n].at(search_number(search.options.seed, trial, axis.name)));
      }
    }
    if (!search.axes.empty()) blocks_.push_back({std::move(search.axes)});
    return;
  }
  if (search_) {
    problems.add(block.place, path,
                 "a second search; a spec has one, first at " + search_->place.text());
    return;
  }
  if (options.contains("resource") && options["resource"].is_string()) {
    const std::string name = options["resource"].get<std::string>();
    const Entry* given = block.value.entry("resource");
    try {
      Axis axis{name, split_path(name), given == nullptr ? block.place : given->place, {}};
      check_path(axis.path, root);
      search.resource = std::move(axis);
    } catch (const Error& error) {
      problems.add(given == nullptr ? block.place : given->value.place,
                   child_path(path, "resource"), error.what());
    }
  }
  search_ = std::move(search);
}

std::vector<const Axis*> Sweep::axes() const {
  std::vector<const Axis*> all;
  for (const SweepBlock& block : blocks_) {
    for (const Axis& axis : block.axes) all.push_back(&axis);
  }
  if (!search_) return all;
  for (const Axis& axis : search_->axes) all.push_back(&axis);
  if (search_->resource) all.push_back(&*search_->resource);
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
        for (const Axis* axis : reaching) longer.back().emplace_back(axis, axis->values[i]);
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
