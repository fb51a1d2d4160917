// The list `sweep`: which settings there are for each dataset and model, or where to search.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/domain.hpp"
#include "spec/experiment.hpp"
#include "spec/interpolate.hpp"
#include "spec/path.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// One swept key.
struct Axis {
  std::string name;  // as written: "models.svd.factors"
  Path path;
  Position place;
  std::vector<Node> values;  // of a grid, zip or random block, or to choose from

  // A value as tables show it: a scalar or list as written, a plugin as its `use` and what differs
  // between the axis' values of that `use`.
  std::string shown(const Node& value, Interpolator& interpolator) const;
};

// Axes whose values are tried together: a grid is a block an axis, a zip or random one block.
struct SweepBlock {
  std::vector<Axis> axes;  // of equally many values
  std::size_t size() const { return axes.front().values.size(); }
};

// A block whose settings depend on what earlier ones gave.
struct SearchBlock {
  Position place;
  SearchOptions options;
  std::vector<Axis> axes;
  std::vector<Domain> domains;   // of each axis
  std::optional<Axis> resource;  // halving: what the first rungs have less of
};

// The chosen value of each axis that may matter.
using Setting = std::vector<std::pair<const Axis*, Node>>;

class Sweep {
 public:
  // root: the spec that is swept; mistakes go to problems.
  Sweep(const Node& root, Problems& problems);

  // All axes, in the order written.
  std::vector<const Axis*> axes() const;
  // Every combination for a dataset (its key, or empty) and a model (its key): the first block's
  // values change slowest. Axes that cannot reach them are left out; whether a shared optimizer's
  // does is for the caller to say. An Error where there are more than kMaxSettings.
  std::vector<Setting> settings(const std::string& dataset, const std::string& model) const;
  // The block that searches, or null; its axes are not in settings().
  const SearchBlock* search() const { return search_ ? &*search_ : nullptr; }

  static constexpr std::size_t kMaxSettings = 10000;

 private:
  void read_block(const Node& block, const std::string& path, const Node& root, Problems& problems);
  void read_lists(const std::string& kind, const Node& map, const std::string& path,
                  const Node& root, Problems& problems);
  void read_search(const Entry& block, const std::string& path, const Node& root,
                   Problems& problems);

  std::vector<SweepBlock> blocks_;
  std::optional<SearchBlock> search_;
};

// Whether a swept path can reach this dataset and model at all.
bool may_reach(const Path& path, const std::string& dataset, const std::string& model);

}  // namespace cofi::spec
