#include "spec/check_scalar.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/suggest.hpp"
#include "spec/allowed.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

Json refused(const Node& node, const cofi_param& row, const std::string& path,
             const std::string& why, Problems& problems) {
  refuse(node, row, path, why, problems);
  return nullptr;
}

Json number(const Node& node, const cofi_param& row, const std::string& path, Problems& problems) {
  const Scalar read = read_scalar(node);
  const std::string shown = node.describe();
  const auto in_range = [&](auto number) {
    return static_cast<long double>(number) >= static_cast<long double>(row.low) &&
           static_cast<long double>(number) <= static_cast<long double>(row.high);
  };
  const std::int64_t* integer = std::get_if<std::int64_t>(&read);
  const double* real = std::get_if<double>(&read);
  if (real != nullptr && !std::isfinite(*real)) {
    return refused(node, row, path, shown + " is not finite", problems);
  }
  if (integer == nullptr && (real == nullptr || row.type == COFI_INT)) {
    return refused(node, row, path, shown + " is not " + type_name(row), problems);
  }
  if (integer != nullptr ? !in_range(*integer) : !in_range(*real)) {
    return refused(node, row, path, shown + " is out of range", problems);
  }
  if (row.type == COFI_INT) return *integer;
  return integer != nullptr ? static_cast<double>(*integer) : *real;
}

Json text(const Node& node, const cofi_param& row, const std::string& path, Problems& problems) {
  const Scalar read = read_scalar(node);
  // A number may stand for its own text (column: 3), where both are the same.
  const bool is_text = std::holds_alternative<std::string>(read) ||
                       (!std::holds_alternative<bool>(read) && write_scalar(read) == node.text);
  if (!is_text) {
    return refused(node, row, path, node.describe() + " is not text, put it in quotes", problems);
  }
  const std::vector<std::string> choices = choices_of(row);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), node.text) == choices.end()) {
    const std::string meant = did_you_mean(node.text, choices);
    problems.add(node.place, path,
                 node.describe() + " is not among the choices" + (meant.empty() ? ";" : meant) +
                     " allowed: " + join(choices));
    return nullptr;
  }
  return node.text;
}

}  // namespace

Json check_scalar(const Node& node, const cofi_param& row, const std::string& path,
                  Problems& problems) {
  if (!node.is_scalar()) {
    return refused(node, row, path, node.describe() + " is not " + type_name(row), problems);
  }
  switch (row.type) {
    case COFI_INT:
    case COFI_REAL:
      return number(node, row, path, problems);
    case COFI_BOOL: {
      const Scalar value = read_scalar(node);
      if (const bool* truth = std::get_if<bool>(&value)) return *truth;
      return refused(node, row, path, node.describe() + " is not " + type_name(row), problems);
    }
    default:
      return text(node, row, path, problems);
  }
}

void refuse(const Node& node, const cofi_param& row, const std::string& path,
            const std::string& why, Problems& problems) {
  problems.add(node.place, path, why + "; allowed: " + allowed(row));
}

}  // namespace cofi::spec
