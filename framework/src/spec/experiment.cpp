#include "spec/experiment.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "cofi/error.hpp"

#include "core/suggest.hpp"
#include "spec/allowed.hpp"
#include "spec/checker.hpp"
#include "spec/compose.hpp"
#include "spec/grammar.hpp"
#include "spec/interpolate.hpp"
#include "spec/parser.hpp"
#include "spec/path.hpp"
#include "spec/problems.hpp"
#include "spec/resolve.hpp"
#include "spec/rows.hpp"
#include "spec/searches.hpp"
#include "spec/sweep.hpp"

namespace cofi::spec {
namespace {

// The keys of a top map that are names of the user's; reports those that cannot be.
std::vector<std::string> names_of(const Node& root, const std::string& key, Problems& problems) {
  std::vector<std::string> names;
  const Node* map = root.find(key);
  if (map == nullptr || map->is_null()) return names;
  if (!map->is_map()) {
    problems.add(
        map->place, key,
        map->describe() + " is not a map; allowed: " + allowed(top_block().find(key)->row));
    return names;
  }
  if (map->entries.empty()) problems.add(map->place, key, "an empty map; it needs a name at least");
  for (const Entry& entry : map->entries) {
    if (matches(entry.key, kNamePattern)) {
      names.push_back(entry.key);
    } else {
      problems.add(entry.place, key,
                   "'" + entry.key + "' cannot be a name; allowed: " + kNamePatternDoc);
    }
  }
  return names;
}

bool is_map_of_datasets(const Node& node) {
  return node.is_map() && node.find("use") == nullptr &&
         std::any_of(node.entries.begin(), node.entries.end(),
                     [](const Entry& entry) { return entry.value.find("use") != nullptr; });
}

class Loader : public std::enable_shared_from_this<Loader> {
 public:
  Loader(const std::string& file, const Catalogue& catalogue)
      : file_(file), catalogue_(catalogue), problems_(file), checker_(catalogue, problems_) {}

  Experiment load(const std::vector<std::string>& overrides) {
    root_ = compose_file(file_, problems_);
    if (!root_.is_map()) {
      throw Error(file_, ": a spec is a map of ", join(top_block().names()), "; this is ",
                  root_.is_null() ? "empty" : root_.describe());
    }
    apply_overrides(root_, overrides, problems_);
    check_once();
    make_rows();
    problems_.raise();
    Experiment experiment = std::move(experiment_);
    for (Search& search : experiment.searches) keep_alive(search);
    return experiment;
  }

 private:
  // A top key's value, interpolated and checked as the grammar says.
  Json top(const char* name) {
    const Node* node = root_.find(name);
    std::optional<Node> resolved;
    if (node != nullptr) resolved = Interpolator(root_, problems_).resolve(*node, name);
    return checker_.key(resolved ? &*resolved : nullptr, *top_block().find(name), name, root_);
  }

  // What is the same for all rows.
  void check_once() {
    std::vector<std::string> known = top_block().names();
    known.emplace_back("from");
    PluginFinder(catalogue_, problems_).refuse_unknown(root_, known, "", "a spec");
    const auto text = [](const Json& json) {
      return json.is_string() ? json.get<std::string>() : std::string();
    };
    const auto number = [](const Json& json) {
      return json.is_number_integer() ? json.get<std::int64_t>() : 0;
    };
    experiment_.file = file_;
    experiment_.folder = std::filesystem::absolute(file_).lexically_normal().parent_path().string();
    experiment_.name = text(top("name"));
    experiment_.repeat = number(top("repeat"));
    experiment_.device = text(top("device"));
    experiment_.threads = number(top("threads"));
    experiment_.jobs = number(top("jobs"));
    experiment_.save = text(top("save"));
    experiment_.launch = top("launch");
    metrics_ = top("metrics");
    read_metrics();
    read_select(top("select"));
  }

  void read_metrics() {
    if (!metrics_.is_array()) {
      facts_.known = false;
      return;
    }
    const Node* list = root_.find("metrics");
    if (metrics_.empty()) problems_.add(list->place, "metrics", "an empty list; name one at least");
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      const Json& metric = metrics_[i];
      const cofi_plugin* plugin = metric_plugin(metric);
      if (plugin == nullptr) {
        facts_.known = false;
        continue;
      }
      facts_.ranking = facts_.ranking || (plugin->uses & COFI_USES_RANKING) != 0;
      const std::string column = metric_column(metric, *plugin);
      if (std::find(facts_.columns.begin(), facts_.columns.end(), column) != facts_.columns.end()) {
        // A list that stands elsewhere (`metrics: ${...}`) has no items here.
        const auto& place = list->is_list() ? list->items[i].place : list->place;
        problems_.add(place, "metrics." + std::to_string(i),
                      "the metric '" + column + "' stands here twice");
      }
      facts_.columns.push_back(column);
    }
  }

  void read_select(const Json& select) {
    const Node* block = root_.find("select");
    if (!select.is_object() || !select["metric"].is_string()) {
      if (experiment_.save == "selected" && select.is_null()) {
        problems_.add(root_.find("save")->place, "save",
                      "selected: nothing is without a 'select' block; allowed: all, none");
      }
      return;
    }
    const std::string metric = select["metric"].get<std::string>();
    experiment_.select = Selection{metric, select["per"] == "fold"};
    if (facts_.known &&
        std::find(facts_.columns.begin(), facts_.columns.end(), metric) == facts_.columns.end()) {
      problems_.add(block->find("metric")->place, "select.metric",
                    "'" + metric + "' is none of the spec's metrics" +
                        did_you_mean(metric, facts_.columns) +
                        "; allowed: " + join(facts_.columns));
    }
  }

  // What selecting asks of the rest.
  void check_select() {
    const Entry* select = root_.entry("select");
    if (sweep_->search() != nullptr && !experiment_.select && select == nullptr) {
      problems_.add(sweep_->search()->place, "sweep",
                    sweep_->search()->options.kind +
                        " needs 'select: {metric: ...}', the validation metric that it looks at");
    }
    if (!experiment_.select) return;
    const auto validated = [](const Row& row) { return !row.validation.is_null(); };
    std::vector<Row> found = experiment_.rows;
    for (const Search& search : experiment_.searches) {
      found.push_back(search.row(std::vector<double>(search.keys.size(), 0.5), search.most));
    }
    if (!std::all_of(found.begin(), found.end(), validated)) {
      problems_.add(select->place, "select",
                    "needs a validation split; add 'validation' with a splitter to 'split'");
    }
    const Node* evaluate = root_.find("evaluate");
    const Node* epochs = evaluate == nullptr ? nullptr : evaluate->find("epochs");
    if (epochs != nullptr && epochs->is_list() && !epochs->items.empty()) {
      problems_.add(epochs->place, "evaluate.epochs",
                    "has no meaning together with 'select', which must not see test data; remove "
                    "one of them");
    }
  }

  // Null where it cannot be told, which has been reported.
  const cofi_plugin* metric_plugin(const Json& metric) const {
    if (!metric.is_object() || !metric.contains("use") || !metric["use"].is_string())
      return nullptr;
    try {
      return catalogue_.find("metric", metric["use"]);
    } catch (const Error&) {
      return nullptr;
    }
  }

  void make_rows() {
    const std::vector<std::string> models = names_of(root_, "models", problems_);
    const std::vector<std::string> datasets = dataset_names();
    if (root_.find("models") == nullptr) top("models");
    if (root_.find("split") == nullptr) top("split");
    sweep_.emplace(root_, problems_);
    maker_.emplace(root_, facts_, checker_, problems_);
    const Sweep& sweep = *sweep_;
    RowMaker& maker = *maker_;
    std::vector<Row>& rows = experiment_.rows;
    for (const std::string& dataset : datasets) {
      for (const std::string& model : models) {
        try {
          if (sweep.search() != nullptr) {
            add_searches(dataset, model, sweep, root_, maker, problems_, rows,
                         experiment_.searches);
            continue;
          }
          for (Row& row : maker.make(dataset, model, sweep)) rows.push_back(std::move(row));
        } catch (const Error& error) {
          problems_.add(root_.find("sweep")->place, "sweep", error.what());
        }
      }
    }
    for (Row& row : rows) row.metrics = metrics_;
    if (problems_.empty()) check_select();
    const Usage& usage = maker.usage();
    const bool any = !rows.empty() || !experiment_.searches.empty();
    if (any && usage.known) check_usage(usage, sweep);
    for (const Axis* axis : sweep.axes()) {
      if (usage.axes.count(axis) > 0) experiment_.swept.push_back(axis->name);
    }
    experiment_.resolved = resolved_spec(root_, usage, facts_, sweep, catalogue_, problems_);
  }

  // Its rows are made from what this reads.
  void keep_alive(Search& search) {
    search.row = [self = shared_from_this(), make = std::move(search.row)](
                     const std::vector<double>& numbers, std::int64_t resource) {
      Row row = make(numbers, resource);
      row.metrics = self->metrics_;
      return row;
    };
  }

  // The keys of `datasets`, or one empty name where there is a single dataset.
  std::vector<std::string> dataset_names() {
    const Node* one = root_.find("dataset");
    const Node* several = root_.find("datasets");
    if (one != nullptr && several != nullptr) {
      problems_.add(root_.entry("datasets")->place, "datasets",
                    "the spec has a 'dataset' too; allowed: one of both");
    }
    if (several != nullptr && several->find("use") != nullptr) {
      problems_.add(root_.entry("datasets")->place, "datasets",
                    "a single dataset, did you mean 'dataset'? Allowed: a map of names, each " +
                        plugin_form("dataset"));
      root_.erase("datasets");
      return {};
    }
    if (several != nullptr) return names_of(root_, "datasets", problems_);
    if (one != nullptr && is_map_of_datasets(*one)) {
      problems_.add(
          root_.entry("dataset")->place, "dataset",
          "a map of several datasets, did you mean 'datasets'? Allowed: " + plugin_form("dataset"));
      root_.erase("dataset");
      return {};
    }
    if (one == nullptr || one->is_null()) {
      problems_.add(root_.place, "dataset",
                    "missing; a spec needs a dataset (or datasets, a map of several). Allowed: " +
                        plugin_form("dataset"));
    }
    // Without one the models are checked all the same.
    return {""};
  }

  void check_usage(const Usage& usage, const Sweep& sweep) {
    const auto unused = [&](const char* key, const char* why) {
      const Entry* entry = root_.entry(key);
      if (entry != nullptr && !entry->value.is_null()) problems_.add(entry->place, key, why);
    };
    if (!usage.optimizer) {
      unused("optimizer", "no model uses it: each has its own or needs none; remove it");
    }
    if (!usage.train) unused("train", "no model uses it: none trains in epochs; remove it");
    for (const Axis* axis : sweep.axes()) {
      if (usage.axes.count(axis) == 0) {
        problems_.add(axis->place, "sweep", "'" + axis->name + "' reaches no model");
      }
    }
    check_epochs(root_.find("evaluate"), usage.most_epochs, problems_);
  }

  std::string file_;
  const Catalogue& catalogue_;
  Problems problems_;
  Checker checker_;
  Node root_;
  Json metrics_;
  MetricFacts facts_;
  std::optional<Sweep> sweep_;
  std::optional<RowMaker> maker_;
  Experiment experiment_;
};

// A catalogue that has one plugin more: the one at hand, which may stand in no folder.
class WithPlugin final : public Catalogue {
 public:
  WithPlugin(const cofi_plugin& plugin, const Catalogue& others)
      : plugin_(plugin), others_(others) {}
  const cofi_plugin* find(const std::string& kind, const std::string& name) const override {
    return kind == plugin_.kind && name == plugin_.name ? &plugin_ : others_.find(kind, name);
  }
  std::vector<std::string> names(const std::string& kind) const override {
    return others_.names(kind);
  }
  std::vector<std::string> folders() const override { return others_.folders(); }

 private:
  const cofi_plugin& plugin_;
  const Catalogue& others_;
};

}  // namespace

Experiment load_experiment(const std::string& file, const std::vector<std::string>& overrides,
                           const Catalogue& catalogue) {
  return std::make_shared<Loader>(file, catalogue)->load(overrides);
}

Json check_parameters(const cofi_plugin& plugin, const std::string& yaml, const std::string& place,
                      const Catalogue& catalogue) {
  Problems problems;
  Node given = parse(yaml, place, problems);
  if (given.is_null()) given = map_node(given.place);
  if (!given.is_map()) {
    throw Error(given.place.text(), ": ", given.describe(), " is not a map of parameters");
  }
  if (given.find("use") == nullptr) {
    given.set("use", given.place, scalar_node(plugin.name, given.place));
  }
  const WithPlugin all(plugin, catalogue);
  const Json json = Checker(all, problems).plugin(given, plugin.kind, "").json;
  problems.raise();
  if (json.at("use") != plugin.name) {
    throw Error(given.find("use")->place.text(), ": use: ", json.at("use").get<std::string>(),
                ", and these are parameters of ", plugin.kind, "/", plugin.name);
  }
  return json;
}

}  // namespace cofi::spec
