#include "data/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cofi::data {
namespace {

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

double sparsity(const Data& data) {
  const double pairs = static_cast<double>(data.users.size()) * data.items.size();
  return pairs == 0 ? 0 : 1 - static_cast<double>(data.interactions.size()) / pairs;
}

}  // namespace

nlohmann::ordered_json describe_data(const Data& data) {
  const Interactions& table = data.interactions;
  nlohmann::ordered_json json = {
      {"interactions", table.size()},
      {"users", data.users.size()},
      {"items", data.items.size()},
      {"sparsity", sparsity(data)},
      {"mean", table.mean()},
      {"scale", {data.scale.low, data.scale.high}},
      {"times", nullptr},
      {"note", data.note},
      {"sources", data.sources},
  };
  if (!table.times.empty()) {
    const auto [first, last] = std::minmax_element(table.times.begin(), table.times.end());
    json["times"] = {*first, *last};
  }
  for (const auto& [name, count] : data.counts) json[name] = count;
  return json;
}

std::string data_line(const Data& data) {
  const Interactions& table = data.interactions;
  std::string line = fmt::format(
      "{} interactions of {} users and {} items, {:.2f} % of the pairs empty, values {:g} to {:g}, "
      "mean {:.6g}",
      grouped(table.size()), grouped(static_cast<std::size_t>(data.users.size())),
      grouped(static_cast<std::size_t>(data.items.size())), 100 * sparsity(data), data.scale.low,
      data.scale.high, table.mean());
  for (const auto& [name, count] : data.counts) {
    if (count != 0 && name != "lines") {
      line += fmt::format(", {} {}", grouped(static_cast<std::size_t>(count)), name);
    }
  }
  return data.note.empty() ? line : line + " (" + data.note + ")";
}

RatingScale range_of(View<float> values) {
  if (values.empty()) return {0, 0};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

}  // namespace cofi::data
