#include "run/comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string_view>

#include "stats/bootstrap.hpp"
#include "stats/correction.hpp"
#include "stats/moments.hpp"
#include "stats/paired_tests.hpp"

namespace cofi::run {
namespace {

using Kind = TableColumn::Kind;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 2> kOtherParts = {"train_", "validation_"};
constexpr std::array<const char*, 4> kTests = {"t", "wilcoxon", "permutation", "folds"};

struct Pair {
  const System *a, *b;
  std::size_t users = 0, folds = 0;
  double difference = kNan;
  stats::Interval interval{kNan, kNan};
  double effect = kNan;
  std::array<double, 4> p{kNan, kNan, kNan, kNan}, holm{};  // as kTests
};

// A system with its users' values of a metric.
struct Contender {
  const System* system;
  std::vector<UserValue> users;
};

// a's values minus b's, of the users that both have.
std::vector<double> user_differences(const std::vector<UserValue>& a,
                                     const std::vector<UserValue>& b) {
  std::vector<double> differences;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (left->first < right->first) {
      ++left;
    } else if (right->first < left->first) {
      ++right;
    } else {
      differences.push_back(left++->second - right++->second);
    }
  }
  return differences;
}

// Of pairs with many users fewer: their means are known the better.
std::int64_t resamples_of(std::size_t users, const ComparisonOptions& options) {
  if (options.draws == 0) return options.resamples;
  const auto affordable = options.draws / static_cast<std::int64_t>(users);
  return std::min(options.resamples, std::max(affordable, kLeastResamples));
}

Pair compared(const Contender& first, const Contender& second, const std::string& metric,
              const ComparisonOptions& options, const ThreadPool& pool) {
  const System &a = *first.system, &b = *second.system;
  const Outcomes& left = a.metrics.at(metric);
  const Outcomes& right = b.metrics.at(metric);
  Pair pair{&a, &b};
  std::vector<double> folds;
  if (a.splits == b.splits) {
    for (std::size_t k = 0; k < left.folds.size(); ++k) {
      folds.push_back(left.folds[k] - right.folds[k]);
    }
  }
  pair.folds = folds.size();
  pair.difference = stats::moments_of(folds).mean;
  pair.p[3] = stats::corrected_t(folds, a.test_to_train).p;

  const std::vector<double> users = user_differences(first.users, second.users);
  pair.users = users.size();
  if (users.size() < 2) return pair;
  const Random random = Random(options.seed).stream("compare").stream(metric);
  pair.difference = stats::moments_of(users).mean;
  const std::int64_t resamples = resamples_of(users.size(), options);
  pair.interval =
      stats::bootstrap_mean(users, options.level, resamples, random.stream("bootstrap"), pool);
  pair.effect = stats::effect_size(users);
  pair.p[0] = stats::paired_t(users).p;
  pair.p[1] = stats::wilcoxon(users).p;
  pair.p[2] = stats::permutation(users, resamples, random.stream("permutation"), pool).p;
  return pair;
}

void correct(std::vector<Pair>& pairs) {
  for (std::size_t test = 0; test < kTests.size(); ++test) {
    std::vector<double> p;
    for (const Pair& pair : pairs) p.push_back(pair.p[test]);
    const std::vector<double> corrected = stats::holm(p);
    for (std::size_t n = 0; n < pairs.size(); ++n) pairs[n].holm[test] = corrected[n];
  }
}

// The first of a pair: any, or of many systems only the best by the metric.
std::vector<std::size_t> firsts(const std::vector<Contender>& systems, const std::string& metric,
                                const ComparisonOptions& options) {
  std::vector<std::size_t> all(systems.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto direction = options.higher_is_better.find(metric);
  if (systems.size() <= kMostSystems || direction == options.higher_is_better.end()) return all;
  const auto mean = [&](std::size_t n) {
    const double value = stats::moments_of(systems[n].system->metrics.at(metric).folds).mean;
    return direction->second ? -value : value;
  };
  return {*std::min_element(all.begin(), all.end(),
                            [&](std::size_t a, std::size_t b) { return mean(a) < mean(b); })};
}

// The metrics of any of them, in the order of their names; on the training and validation parts
// only those that no test part has: what was tuned or chosen by a part proves nothing there.
std::set<std::string> metrics_of(const std::vector<System>& systems) {
  std::set<std::string> names;
  for (const System& system : systems) {
    for (const auto& metric : system.metrics) names.insert(metric.first);
  }
  for (auto name = names.begin(); name != names.end();) {
    const bool is_tested = std::any_of(kOtherParts.begin(), kOtherParts.end(), [&](auto part) {
      return name->compare(0, part.size(), part) == 0 && names.count(name->substr(part.size())) > 0;
    });
    name = is_tested ? names.erase(name) : std::next(name);
  }
  return names;
}

// Those of the dataset that have the metric, in groups of those that compare.
std::vector<std::vector<Contender>> groups_of(const std::vector<System>& systems, bool anyway,
                                              const std::string& metric,
                                              const std::string& dataset) {
  std::vector<std::vector<Contender>> groups;
  for (const System& system : systems) {
    const auto found = system.metrics.find(metric);
    if (found == system.metrics.end() || system.dataset != dataset) continue;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& each) {
      return anyway || incomparable(*each.front().system, system).empty();
    });
    if (group == groups.end()) group = groups.insert(group, std::vector<Contender>{});
    group->push_back({&system, {}});
  }
  for (std::vector<Contender>& group : groups) {
    if (group.size() < 2) continue;
    for (Contender& each : group) each.users = users_of(each.system->metrics.at(metric));
  }
  return groups;
}

}  // namespace

std::string incomparable(const System& a, const System& b) {
  if (a.data != b.data) return "other data";
  return a.splits == b.splits ? "" : "other splits";
}

Table comparison_table(const std::vector<System>& systems, bool anyway,
                       const ComparisonOptions& options, const ThreadPool& pool) {
  std::set<std::string> datasets;
  for (const System& system : systems) datasets.insert(system.dataset);
  Table table;
  table.columns = {{"metric", Kind::kText, false}};
  if (datasets.size() > 1) table.columns.push_back({"dataset", Kind::kText, false});
  for (const char* name : {"a", "b"}) table.columns.push_back({name, Kind::kText, false});
  table.columns.push_back({"users", Kind::kCount, false});
  for (const char* name :
       {"difference", "low", "high", "effect", "t_p", "wilcoxon_p", "permutation_p"}) {
    table.columns.push_back({name, Kind::kNumber, false});
  }
  table.columns.push_back({"folds", Kind::kCount, false});
  table.columns.push_back({"folds_p", Kind::kNumber, false});
  for (const char* test : kTests) {
    table.columns.push_back({std::string(test) + "_holm", Kind::kNumber, false});
  }

  for (const std::string& metric : metrics_of(systems)) {
    for (const std::string& dataset : datasets) {
      std::vector<Pair> pairs;
      for (const std::vector<Contender>& group : groups_of(systems, anyway, metric, dataset)) {
        const std::vector<std::size_t> first = firsts(group, metric, options);
        for (const std::size_t i : first) {
          for (std::size_t j = first.size() == 1 ? 0 : i + 1; j < group.size(); ++j) {
            if (options.interrupted && options.interrupted()) return table;
            if (i != j) pairs.push_back(compared(group[i], group[j], metric, options, pool));
          }
        }
      }
      correct(pairs);
      for (const Pair& pair : pairs) {
        std::vector<Table::Value> row = {metric};
        if (datasets.size() > 1) row.emplace_back(dataset);
        row.emplace_back(pair.a->name);
        row.emplace_back(pair.b->name);
        row.emplace_back(double(pair.users));
        for (const double value : {pair.difference, pair.interval.low, pair.interval.high,
                                   pair.effect, pair.p[0], pair.p[1], pair.p[2]}) {
          row.push_back(cell_of(value));
        }
        row.emplace_back(double(pair.folds));
        row.push_back(cell_of(pair.p[3]));
        for (const double value : pair.holm) row.push_back(cell_of(value));
        table.add_row(std::move(row));
      }
    }
  }
  return table;
}

}  // namespace cofi::run
