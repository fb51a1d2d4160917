#include "spec/searches.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "cofi/error.hpp"

#include "spec/grammar.hpp"
#include "spec/path.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

using Swept = Row::Swept;

bool names(const Swept& swept, const std::string& key) {
  return std::any_of(swept.begin(), swept.end(),
                     [&](const auto& each) { return each.first == key; });
}

// The resource as the spec has it for this model; 0, and a problem, where it is no whole number.
std::int64_t full_resource(const Axis& resource, const Node& root, Problems& problems) {
  const Node* node = find_path(root, resource.path);
  if (node == nullptr && show_path(resource.path) == "train.epochs") {
    return std::atoll(train_block().find("epochs")->row.fallback);
  }
  const Scalar value = node != nullptr && node->is_scalar() ? read_scalar(*node) : Scalar(false);
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number != nullptr && *number > 0) return *number;
  problems.add(resource.place, "resource",
               "'" + resource.name + "' is not a whole number in the spec, which halving divides");
  return 0;
}

class Searcher {
 public:
  Searcher(std::string dataset, std::string model, const SearchBlock& block, RowMaker& maker,
           Problems& problems)
      : dataset_(std::move(dataset)),
        model_(std::move(model)),
        block_(block),
        maker_(maker),
        problems_(problems) {}

  std::optional<Row> row(Setting setting, const std::vector<std::size_t>& keys,
                         const std::vector<double>& numbers, std::int64_t resource) const {
    for (std::size_t n = 0; n < keys.size(); ++n) {
      setting.emplace_back(&block_.axes[keys[n]], block_.domains[keys[n]].at(numbers[n]));
    }
    if (block_.resource && resource > 0) {
      setting.emplace_back(&*block_.resource,
                           scalar_node(std::to_string(resource), block_.resource->place, false));
    }
    return maker_.one(dataset_, model_, setting);
  }

  // Tries both ends of every range and each choice.
  void try_all(const Setting& setting, const std::vector<std::size_t>& keys,
               std::int64_t resource) const {
    std::size_t most = 2;
    for (const std::size_t key : keys) most = std::max(most, block_.domains[key].choices());
    for (std::size_t n = 0; n < most; ++n) {
      std::vector<double> numbers;
      for (const std::size_t key : keys) {
        const std::size_t choices = block_.domains[key].choices();
        numbers.push_back(choices == 0 ? double(n % 2)
                                       : (double(n % choices) + 0.5) / double(choices));
      }
      row(setting, keys, numbers, resource);
    }
  }

  Search search(const Setting& setting, const std::vector<std::size_t>& keys,
                std::int64_t most) const {
    Search search;
    search.options = block_.options;
    search.most = most;
    for (const std::size_t key : keys) {
      search.keys.push_back(block_.axes[key].name);
      search.choices.push_back(block_.domains[key].choices());
    }
    search.row = [self = *this, setting, keys](const std::vector<double>& numbers,
                                               std::int64_t resource) {
      std::optional<Row> made = self.row(setting, keys, numbers, resource);
      self.problems_.raise();
      return std::move(*made);
    };
    return search;
  }

 private:
  std::string dataset_, model_;
  const SearchBlock& block_;
  RowMaker& maker_;
  Problems& problems_;
};

}  // namespace

void add_searches(const std::string& dataset, const std::string& model, const Sweep& sweep,
                  const Node& root, RowMaker& maker, Problems& problems, std::vector<Row>& rows,
                  std::vector<Search>& searches) {
  const SearchBlock& block = *sweep.search();
  const Searcher searcher(dataset, model, block, maker, problems);
  std::vector<std::size_t> keys;
  for (std::size_t n = 0; n < block.axes.size(); ++n) {
    if (may_reach(block.axes[n].path, dataset, model)) keys.push_back(n);
  }
  std::set<Swept> seen;
  for (const Setting& setting : sweep.settings(dataset, model)) {
    const std::vector<double> middle(keys.size(), 0.5);
    // One more than nothing: whether the resource reaches the model shows in the row.
    const std::optional<Row> probe = searcher.row(setting, keys, middle, 1);
    if (!probe) continue;
    std::vector<std::size_t> reaching;
    for (const std::size_t key : keys) {
      if (names(probe->swept, block.axes[key].name)) reaching.push_back(key);
    }
    std::optional<Row> plain = searcher.row(setting, {}, {}, 0);
    if (!plain || !seen.insert(plain->swept).second) continue;
    if (reaching.empty()) {
      rows.push_back(std::move(*plain));
      continue;
    }
    std::int64_t most = 0;
    if (block.resource) {
      if (!names(probe->swept, block.resource->name)) {
        problems.add(block.resource->place, "sweep",
                     "halving: '" + block.resource->name + "' does not reach models." + model +
                         ", whose first rungs would have less of it; name its own path as the "
                         "resource, or search with random or tpe");
        continue;
      }
      most = full_resource(*block.resource, root, problems);
      if (most == 0) continue;
    }
    searcher.try_all(setting, reaching, most);
    searches.push_back(searcher.search(setting, reaching, most));
  }
}

}  // namespace cofi::spec
