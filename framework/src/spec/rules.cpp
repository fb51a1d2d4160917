#include "spec/rules.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

#include "core/suggest.hpp"
#include "spec/grammar.hpp"
#include "spec/path.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

const Node* child(const Node* map, const char* key) {
  return map == nullptr ? nullptr : map->find(key);
}

bool is_filled_list(const Node* node) {
  return node != nullptr && node->is_list() && !node->items.empty();
}

void check_early_stopping(const Row& row, const Node& block, const std::string& path,
                          const Node* evaluate, const MetricFacts& metrics, Problems& problems) {
  if (row.validation.is_null()) {
    problems.add(block.place, path,
                 "early stopping needs a validation split; add 'validation' with a splitter to "
                 "'split'");
  }
  const Node* metric = block.find("metric");
  if (metric != nullptr && metric->is_scalar() && metrics.known &&
      std::find(metrics.columns.begin(), metrics.columns.end(), metric->text) ==
          metrics.columns.end()) {
    const std::string meant = did_you_mean(metric->text, metrics.columns);
    problems.add(metric->place, child_path(path, "metric"),
                 metric->describe() + " is not among the spec's metrics" +
                     (meant.empty() ? ";" : meant) + " allowed: " + join(metrics.columns));
  }
  const Node* epochs = child(evaluate, "epochs");
  if (is_filled_list(epochs)) {
    problems.add(epochs->place, "evaluate.epochs",
                 "has no meaning together with early stopping (" + path +
                     "), which must not see test data; remove one of them");
  }
}

void check_export(const Row& row, const Node* evaluate, Problems& problems) {
  const Node* lists = child(evaluate, "export");
  if (lists == nullptr || lists->is_null() || !row.evaluate.is_object()) return;
  const Json& on = row.evaluate["on"];
  if (!on.is_array() || std::find(on.begin(), on.end(), "test") != on.end()) return;
  problems.add(lists->place, "evaluate.export",
               "the lists are of the test part, which evaluate.on leaves out; add test to it");
}

// Whether an item of the list has not stood before it; else that is reported.
bool is_new(const Node& item, const char* path, std::set<std::string>& seen, Problems& problems) {
  if (seen.insert(item.text).second) return true;
  problems.add(item.place, path, "'" + item.text + "' stands here twice");
  return false;
}

void check_strata(const Row& row, const Node& strata, Problems& problems) {
  std::set<std::string> seen;
  for (const Node& each : strata.items) {
    if (each.is_scalar()) is_new(each, "evaluate.strata", seen, problems);
  }
  const Json& on = row.evaluate.is_object() ? row.evaluate.value("on", Json()) : Json();
  if (strata.items.empty() || !on.is_array()) return;
  if (std::find(on.begin(), on.end(), "test") == on.end()) {
    problems.add(strata.place, "evaluate.strata",
                 "they are of the test part, which is not evaluated; add test to evaluate.on");
  }
}

void check_on(const Row& row, const Node& on, Problems& problems) {
  std::set<std::string> seen;
  for (const Node& part : on.items) {
    if (!part.is_scalar() || !is_new(part, "evaluate.on", seen, problems)) continue;
    if (part.text == "validation" && row.validation.is_null()) {
      problems.add(part.place, "evaluate.on",
                   "there is no validation split; add 'validation' with a splitter to 'split'");
    }
  }
}

// What is wrong with a step though each of its parameters is right; empty where nothing is.
std::string filter_fault(const Json& step) {
  const auto number = [&](const char* key) {
    return step.contains(key) && step[key].is_number() ? std::optional<double>(step[key])
                                                       : std::nullopt;
  };
  const std::string use = step.is_object() ? step.value("use", "") : "";
  if (use == "values" || use == "times") {
    const auto min = number("min"), max = number("max");
    if (!min && !max) return "keeps everything; give it min, max or both";
    if (min && max && *min > *max) return "keeps nothing: min is greater than max";
  } else if (use == "k_core" && number("users") == 1.0 && number("items") == 1.0) {
    return "keeps everything; give it users, items or both, of 2 at least";
  } else if (use == "sample_users" && number("n").has_value() == number("fraction").has_value()) {
    return number("n") ? "has n and fraction; allowed: one of both"
                       : "needs n (how many users) or fraction (the part of them)";
  }
  return "";
}

}  // namespace

void check_row_rules(const Row& row, const Node* train, const std::string& train_path,
                     const Node* evaluate, const MetricFacts& metrics, Problems& problems) {
  check_export(row, evaluate, problems);
  const Node* stopping = child(train, "early_stopping");
  if (stopping != nullptr && stopping->is_map()) {
    check_early_stopping(row, *stopping, child_path(train_path, "early_stopping"), evaluate,
                         metrics, problems);
  }
  const Node* on = child(evaluate, "on");
  if (on != nullptr && on->is_list()) check_on(row, *on, problems);
  const Node* strata = child(evaluate, "strata");
  if (strata != nullptr && strata->is_list()) check_strata(row, *strata, problems);
  if (evaluate == nullptr || !evaluate->is_map() || !metrics.known || metrics.ranking) return;
  for (const Key& key : evaluate_block().keys) {
    const Entry* entry = key.ranking ? evaluate->entry(key.row.name) : nullptr;
    if (entry == nullptr || entry->value.is_null()) continue;
    problems.add(entry->place, child_path("evaluate", entry->key),
                 "has no use here: none of the metrics ranks items");
  }
}

void check_filters(const Json& filters, const Node& list, Problems& problems) {
  if (!filters.is_array() || !list.is_list()) return;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::string wrong = filter_fault(filters[i]);
    if (wrong.empty()) continue;
    problems.add(list.items[i].place, child_path("filters", std::to_string(i)), wrong);
  }
}

void check_epochs(const Node* evaluate, std::int64_t most_epochs, Problems& problems) {
  const Node* epochs = child(evaluate, "epochs");
  if (!is_filled_list(epochs)) return;
  if (most_epochs == 0) {
    problems.add(epochs->place, "evaluate.epochs",
                 "has no use here: none of the models trains in epochs");
    return;
  }
  for (const Node& epoch : epochs->items) {
    const Scalar value = epoch.is_scalar() ? read_scalar(epoch) : Scalar(false);
    const std::int64_t* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number <= most_epochs) continue;
    problems.add(epoch.place, "evaluate.epochs",
                 "no model trains for " + std::to_string(*number) +
                     " epochs; the longest train.epochs is " + std::to_string(most_epochs));
  }
}

}  // namespace cofi::spec
