#include "spec/domain.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <variant>

#include "cofi/error.hpp"
#include "cofi/random.hpp"

#include "core/suggest.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

constexpr const char* kForms =
    "[value, ...], {choice: [value, ...]}, {int: [low, high]}, {real: [low, high]} or "
    "{log: [low, high]}";

std::optional<double> number_of(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const Scalar value = read_scalar(node);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

const Node& filled_list(const Node& node, const char* allowed) {
  if (!node.is_list()) {
    throw Error(node.describe(), " is not a list of values; allowed: ", allowed);
  }
  if (node.items.empty()) throw Error("an empty list; a swept key needs a value at least");
  return node;
}

// To four significant digits, or as many as tell a thousandth of the width.
double rounded(double value, double width) {
  constexpr int kFewest = 4, kMost = 17;
  const double leading = value == 0 ? 0 : std::floor(std::log10(std::abs(value)));
  const double needed = leading - std::floor(std::log10(width / 1000)) + 1;
  const int digits = std::clamp(static_cast<int>(needed), kFewest, kMost);
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return std::strtod(text, nullptr);
}

}  // namespace

const Node& list_of_values(const Node& leaf) {
  constexpr const char* kLists = "[value, ...] or {choice: [value, ...]}";
  if (!leaf.is_map()) return filled_list(leaf, kLists);
  for (const char* range : {"int", "real", "log"}) {
    if (leaf.find(range) == nullptr) continue;
    throw Error("a range ({", range, ": [low, high]}) needs a block random, halving or tpe; here ",
                "allowed: ", kLists);
  }
  const Node* values = leaf.find("choice");
  if (values == nullptr || leaf.entries.size() != 1) {
    throw Error("a map is not a list of values; allowed: ", kLists);
  }
  return filled_list(*values, kLists);
}

double search_number(std::uint64_t seed, std::uint64_t trial, const std::string& key) {
  return Random(seed).stream("search").stream(key).stream(trial).uniform();
}

Domain::Domain(const Node& leaf) : place_(leaf.place) {
  if (!leaf.is_map()) {
    values_ = filled_list(leaf, kForms).items;
    return;
  }
  const std::vector<std::string> kinds = {"choice", "int", "real", "log"};
  if (leaf.entries.size() != 1) {
    throw Error("a map of ", leaf.entries.size(), " keys; allowed: ", kForms);
  }
  const std::string& name = leaf.entries[0].key;
  const auto found = std::find(kinds.begin(), kinds.end(), name);
  if (found == kinds.end()) {
    throw Error("unknown key '", name, "'", did_you_mean(name, kinds), "; allowed: ", kForms);
  }
  kind_ = static_cast<Kind>(found - kinds.begin());
  const Node& ends = leaf.entries[0].value;
  place_ = ends.place;
  if (kind_ == Kind::kChoice) {
    values_ = filled_list(ends, kForms).items;
    return;
  }
  if (!ends.is_list() || ends.items.size() != 2) {
    throw Error("a range has two ends; allowed: {", name, ": [low, high]}");
  }
  for (std::size_t end = 0; end < 2; ++end) {
    const std::optional<double> number = number_of(ends.items[end]);
    if (!number || !std::isfinite(*number) ||
        (kind_ == Kind::kInt && *number != std::floor(*number))) {
      throw Error(ends.items[end].describe(), " cannot be an end of a range; allowed: a ",
                  kind_ == Kind::kInt ? "whole number" : "number");
    }
    (end == 0 ? low_ : high_) = *number;
  }
  if (low_ >= high_) throw Error("the range's low end is not below its high end");
  if (kind_ == Kind::kLog && low_ <= 0) {
    throw Error("the low end of {log: [low, high]} is above 0: a logarithm is taken");
  }
}

Node Domain::at(double number) const {
  const double u = std::clamp(number, 0.0, 1.0);
  if (kind_ == Kind::kChoice) {
    const auto count = static_cast<double>(values_.size());
    return values_[static_cast<std::size_t>(std::min(std::floor(u * count), count - 1))];
  }
  if (kind_ == Kind::kInt) {
    const double value = std::min(low_ + std::floor(u * (high_ - low_ + 1)), high_);
    return scalar_node(write_scalar(static_cast<std::int64_t>(value)), place_, false);
  }
  const double value = kind_ == Kind::kReal
                           ? low_ + u * (high_ - low_)
                           : std::exp(std::log(low_) + u * (std::log(high_) - std::log(low_)));
  return scalar_node(write_real(std::clamp(rounded(value, high_ - low_), low_, high_)), place_,
                     false);
}

}  // namespace cofi::spec
