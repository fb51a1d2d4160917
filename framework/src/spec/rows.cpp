#include "spec/rows.hpp"

#include <algorithm>
#include <utility>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/compose.hpp"
#include "spec/interpolate.hpp"

namespace cofi::spec {
namespace {

const Node* set_child(const Node& map, const std::string& key) {
  const Node* found = map.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

// Whether the shared value takes part where a model has a value of its own.
bool takes_part(const Node* shared, const Node* own) {
  if (shared == nullptr) return false;
  if (own == nullptr) return true;
  const Node* shared_use = use_of(*shared);
  const Node* own_use = use_of(*own);
  return own_use == nullptr || (shared_use != nullptr && own_use->text == shared_use->text);
}

// Whether a model's own value hides the shared one's part at a path (below `optimizer` or `train`).
bool hides(const Node& own, Path::const_iterator at, Path::const_iterator end) {
  if (!own.is_map()) return true;
  if (at == end || *at == "use") return own.find("use") != nullptr;
  const Node* next = own.find(*at);
  return next != nullptr && (at + 1 == end ? !next->is_map() : hides(*next, at + 1, end));
}

// All that makes a row another one.
std::string resolved_text(const Row& row) {
  return Json({row.model_spec, row.optimizer, row.train, row.dataset_spec, row.filters, row.split,
               row.validation, row.evaluate, row.seed})
      .dump();
}

}  // namespace

struct RowMaker::Variant {
  const Node& root;
  std::string dataset, model_path;
  Interpolator interpolator;
  Row row;
  Node model;
  std::optional<Node> shared_optimizer, shared_train;

  // A top key's value, interpolated; nothing where it is not given.
  std::optional<Node> resolved(const std::string& key) {
    const Node* node = set_child(root, key);
    if (node == nullptr) return std::nullopt;
    return interpolator.resolve(*node, key);
  }
};

std::optional<Node> overridden(const Node* shared, const Node* own) {
  if (shared == nullptr && own == nullptr) return std::nullopt;
  if (own == nullptr) return *shared;
  return shared == nullptr ? *own : merge(*shared, *own);
}

std::vector<Row> RowMaker::make(const std::string& dataset, const std::string& model,
                                const Sweep& sweep) {
  std::vector<Row> rows;
  std::set<std::pair<Row::Swept, std::string>> seen;
  for (const Setting& setting : sweep.settings(dataset, model)) {
    std::optional<Row> row = one(dataset, model, setting);
    // Settings that differ only in what does not reach this model are one row.
    if (row && seen.emplace(row->swept, resolved_text(*row)).second) {
      rows.push_back(std::move(*row));
    }
  }
  return rows;
}

std::optional<Row> RowMaker::one(const std::string& dataset, const std::string& model,
                                 const Setting& setting) {
  Node root = root_;
  const Axis* wrong = nullptr;
  for (const auto& [axis, value] : setting) {
    try {
      set_path(root, axis->path, axis->place, value);
    } catch (const Error& error) {
      problems_.add(axis->place, axis->name, error.what());
      wrong = axis;
    }
  }
  if (wrong != nullptr) {
    usage_.axes.insert(wrong);
    return std::nullopt;
  }
  return make_row(root, dataset, model, setting);
}

Row RowMaker::make_row(const Node& root, const std::string& dataset, const std::string& model,
                       const Setting& setting) {
  Variant variant{root, dataset, child_path("models", model), Interpolator(root, problems_), {}, {},
                  {},   {}};
  Row& row = variant.row;
  row.dataset = dataset;
  row.model = model;
  row.place = root_.find("models")->entry(model)->place.text() + " (" + variant.model_path + ")";
  check_data(variant);
  const CheckedPlugin checked = check_model(variant);
  check_optimizer(variant, checked);
  check_training(variant, checked);
  list_swept(variant, checked, setting);
  return std::move(row);
}

void RowMaker::check_data(Variant& variant) {
  Row& row = variant.row;
  const Node& root = variant.root;
  const Key& seed = *top_block().find("seed");
  const std::optional<Node> seed_node = variant.resolved("seed");
  const Json number = checker_.key(seed_node ? &*seed_node : nullptr, seed, "seed", root);
  if (number.is_number_integer()) row.seed = number.get<std::int64_t>();
  const Path dataset_path = row.dataset.empty() ? Path{"dataset"} : Path{"datasets", row.dataset};
  if (const Node* dataset = find_path(root, dataset_path)) {
    const std::string path = show_path(dataset_path);
    row.dataset_spec =
        checker_.plugin(variant.interpolator.resolve(*dataset, path), "dataset", path).json;
  }
  const std::optional<Node> filters = variant.resolved("filters");
  const Key& key = *top_block().find("filters");
  row.filters = checker_.key(filters ? &*filters : nullptr, key, "filters", root);
  if (filters) check_filters(row.filters, *filters, problems_);
  if (std::optional<Node> split = variant.resolved("split")) {
    row.split = checker_.plugin(*split, "splitter", "split", {"validation"}).json;
    if (const Node* validation = set_child(*split, "validation")) {
      row.validation = checker_.plugin(*validation, "splitter", "split.validation").json;
    }
  }
}

CheckedPlugin RowMaker::check_model(Variant& variant) {
  const std::string& path = variant.model_path;
  const Node& model = *find_path(variant.root, {"models", variant.row.model});
  variant.model = variant.interpolator.resolve(model, path);
  expand_use(variant.model);
  CheckedPlugin checked = checker_.plugin(variant.model, "model", path, {"optimizer", "train"});
  variant.row.model_spec = checked.json;
  if (!checked.known) usage_.known = false;
  return checked;
}

void RowMaker::check_optimizer(Variant& variant, const CheckedPlugin& model) {
  variant.shared_optimizer = variant.resolved("optimizer");
  if (!model.known) return;
  const Entry* own_entry = variant.model.entry("optimizer");
  const Node* own = set_child(variant.model, "optimizer");
  const Node* shared = variant.shared_optimizer ? &*variant.shared_optimizer : nullptr;
  const std::string path = child_path(variant.model_path, "optimizer");
  const std::string name = std::string("model/") + model.plugin->name;
  if ((model.uses & COFI_USES_OPTIMIZER) == 0) {
    if (own_entry != nullptr) {
      problems_.add(own_entry->place, path, "has no use here: " + name + " uses no optimizer");
    }
    return;
  }
  if (takes_part(shared, own)) usage_.optimizer = true;
  const std::optional<Node> merged =
      own_entry != nullptr && own == nullptr ? std::nullopt : overridden(shared, own);
  if (!merged) {
    problems_.add(variant.model.place, variant.model_path,
                  "missing an optimizer, which " + name +
                      " needs; add 'optimizer' to the spec or to the model");
    return;
  }
  variant.row.optimizer =
      checker_.plugin(*merged, "optimizer", own == nullptr ? "optimizer" : path).json;
}

void RowMaker::check_training(Variant& variant, const CheckedPlugin& model) {
  Row& row = variant.row;
  variant.shared_train = variant.resolved("train");
  const Node* shared = variant.shared_train ? &*variant.shared_train : nullptr;
  const Entry* own_entry = variant.model.entry("train");
  const Node* own = set_child(variant.model, "train");
  const std::string own_path = child_path(variant.model_path, "train");
  const std::string path = own == nullptr ? "train" : own_path;
  std::optional<Node> train;
  if (model.known && (model.uses & COFI_USES_TRAIN) != 0) {
    if (shared != nullptr) usage_.train = true;
    train = overridden(shared, own);
    row.train = checker_.block(train ? &*train : nullptr, train_block(), path);
    if (row.train.is_object() && row.train["epochs"].is_number_integer()) {
      usage_.most_epochs = std::max(usage_.most_epochs, row.train["epochs"].get<std::int64_t>());
    }
  } else if (model.known && own_entry != nullptr) {
    problems_.add(
        own_entry->place, own_path,
        std::string("has no use here: model/") + model.plugin->name + " does not train in epochs");
  }
  const std::optional<Node> evaluate = variant.resolved("evaluate");
  const Node* evaluate_node = evaluate ? &*evaluate : nullptr;
  row.evaluate = checker_.block(evaluate_node, evaluate_block(), "evaluate");
  check_row_rules(row, train ? &*train : nullptr, path, evaluate_node, metrics_, problems_);
}

void RowMaker::list_swept(Variant& variant, const CheckedPlugin& model, const Setting& setting) {
  const auto reaches = [&](const Axis& axis, const char* key, unsigned bit) {
    if (axis.path[0] != key || !model.known) return true;
    if ((model.uses & bit) == 0) return false;
    const std::optional<Node>& shared =
        bit == COFI_USES_OPTIMIZER ? variant.shared_optimizer : variant.shared_train;
    const Node* own = set_child(variant.model, key);
    return takes_part(shared ? &*shared : nullptr, own) &&
           (own == nullptr || !hides(*own, axis.path.begin() + 1, axis.path.end()));
  };
  for (const auto& [axis, value] : setting) {
    if (!reaches(*axis, "optimizer", COFI_USES_OPTIMIZER)) continue;
    if (!reaches(*axis, "train", COFI_USES_TRAIN)) continue;
    usage_.axes.insert(axis);
    variant.row.swept.emplace_back(axis->name, axis->shown(value, variant.interpolator));
  }
}

}  // namespace cofi::spec
