#include "data/summary.hpp"

#include <algorithm>

namespace cofi::data {
namespace {

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

RatingScale range_of(View<float> values) {
  if (values.empty()) return {0, 0};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

}  // namespace cofi::data
