#include <algorithm>
#include <cmath>
#include <string>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

Data load(Dataset& dataset, const DatasetCheck& options, int threads) {
  const ThreadPool pool(threads);
  return dataset.load({options.paths, pool, Random(1)});
}

template <class Values>
bool equal(const Values& a, const Values& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

bool equal(const Interactions& a, const Interactions& b) {
  return equal(a.users, b.users) && equal(a.items, b.items) && equal(a.values, b.values) &&
         equal(a.times, b.times);
}

bool equal(const Vocabulary& a, const Vocabulary& b) {
  if (a.size() != b.size()) return false;
  for (std::int32_t id = 0; id < a.size(); ++id) {
    if (a.name(id) != b.name(id)) return false;
  }
  return true;
}

// What differs between two loads, or nothing.
std::string difference(const Data& a, const Data& b) {
  if (!equal(a.interactions, b.interactions)) return "the interactions differ";
  if (!equal(a.users, b.users)) return "the users' vocabularies differ";
  if (!equal(a.items, b.items)) return "the items' vocabularies differ";
  if (a.scale.low != b.scale.low || a.scale.high != b.scale.high) return "the scales differ";
  if (!equal(a.expected, b.expected)) return "the expected values differ";
  if (a.feedback.size() != b.feedback.size()) return "the feedback sets differ";
  for (const auto& [name, rows] : a.feedback) {
    const auto other = b.feedback.find(name);
    if (other == b.feedback.end() || !equal(rows, other->second)) {
      return fmt::format("the feedback set '{}' differs", name);
    }
  }
  if (a.titles != b.titles) return "the titles differ";
  if (a.tags != b.tags) return "the tags differ";
  if (a.counts != b.counts) return "the counts differ";
  if (a.note != b.note) return "the notes differ";
  return "";
}

std::string sizes(const std::string& name, const Interactions& rows) {
  const auto wrong = [&](const char* column, std::size_t size) {
    return fmt::format("{}: {} has {} rows and users {}", name, column, size, rows.users.size());
  };
  if (rows.items.size() != rows.size()) return wrong("items", rows.items.size());
  if (rows.values.size() != rows.size()) return wrong("values", rows.values.size());
  if (!rows.times.empty() && rows.times.size() != rows.size()) {
    return wrong("times", rows.times.size());
  }
  return "";
}

std::string sizes(const Data& data) {
  std::string wrong = sizes("interactions", data.interactions);
  for (const auto& [name, rows] : data.feedback) {
    if (wrong.empty()) wrong = sizes("feedback '" + name + "'", rows);
  }
  if (!wrong.empty()) return wrong;
  const auto items = static_cast<std::size_t>(data.items.size());
  const auto off = [](std::size_t size, std::size_t expected) {
    return size != 0 && size != expected;
  };
  if (off(data.expected.size(), data.interactions.size())) {
    return fmt::format("expected has {} values for {} interactions", data.expected.size(),
                       data.interactions.size());
  }
  if (off(data.titles.size(), items)) {
    return fmt::format("{} titles for {} items", data.titles.size(), items);
  }
  if (off(data.tags.size(), items)) {
    return fmt::format("tags for {} of {} items", data.tags.size(), items);
  }
  return data.interactions.size() == 0 ? "there are no interactions" : "";
}

std::string ids(const char* what, const Column<std::int32_t>& column,
                const Vocabulary& vocabulary) {
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column[row] < 0 || column[row] >= vocabulary.size()) {
      return fmt::format("row {} has {} id {}; the vocabulary has {}", row, what, column[row],
                         vocabulary.size());
    }
  }
  return "";
}

std::string ids(const Data& data) {
  std::string wrong = ids("user", data.interactions.users, data.users);
  if (wrong.empty()) wrong = ids("item", data.interactions.items, data.items);
  for (const auto& [name, rows] : data.feedback) {
    if (wrong.empty()) wrong = ids("user", rows.users, data.users);
    if (wrong.empty()) wrong = ids("item", rows.items, data.items);
  }
  return wrong;
}

std::string values(const Data& data) {
  const RatingScale scale = data.scale;
  if (!std::isfinite(scale.low) || !std::isfinite(scale.high) || scale.low > scale.high) {
    return fmt::format("the rating scale goes from {} to {}", scale.low, scale.high);
  }
  const Column<float>& all = data.interactions.values;
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (!std::isfinite(all[row])) return fmt::format("row {} has the value {}", row, all[row]);
    if (all[row] < scale.low || all[row] > scale.high) {
      return fmt::format("row {} has the value {}, outside the scale from {} to {}", row, all[row],
                         scale.low, scale.high);
    }
  }
  for (const float value : data.expected) {
    if (!std::isfinite(value)) return fmt::format("an expected value is {}", value);
  }
  return "";
}

std::string round_trip(const char* what, const Vocabulary& vocabulary) {
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::int32_t found = vocabulary.find(vocabulary.name(id));
    if (found != id) {
      return fmt::format("{} {} is named '{}', which finds {}", what, id, vocabulary.name(id),
                         found);
    }
  }
  return "";
}

}  // namespace

Findings check_dataset(const Factory<Dataset>& make, const DatasetCheck& options,
                       const Watch& watch) {
  Checks checks(watch);
  std::unique_ptr<Dataset> dataset;
  Data data;
  const bool loads = checks.run("loads", [&] {
    dataset = make();
    data = load(*dataset, options, 1);
    return std::string();
  });
  if (!loads) return checks.take();
  if (!checks.run("columns have the sizes that they must", [&] { return sizes(data); })) {
    return checks.take();
  }
  checks.run("ids are those of the vocabularies", [&] { return ids(data); });
  checks.run("values are finite and on the rating scale", [&] { return values(data); });
  checks.run("vocabularies find what they name", [&] {
    const std::string wrong = round_trip("user", data.users);
    return wrong.empty() ? round_trip("item", data.items) : wrong;
  });
  checks.run("loads the same again", [&] { return difference(load(*dataset, options, 1), data); });
  for (const int threads : {1, 2, 3}) {
    checks.run(fmt::format("another loads the same on {} thread(s)", threads),
               [&] { return difference(load(*make(), options, threads), data); });
  }
  return checks.take();
}

}  // namespace cofi::testing
