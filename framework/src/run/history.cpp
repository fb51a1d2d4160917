#include "run/history.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace cofi::run {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN: null stands for it.
Json to_json(double value) { return std::isfinite(value) ? Json(value) : Json(); }
double to_double(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

Epoch& History::at(std::int64_t epoch) {
  for (auto row = epochs_.rbegin(); row != epochs_.rend(); ++row) {
    if (row->epoch == epoch) return *row;
  }
  epochs_.push_back({});
  epochs_.back().epoch = epoch;
  return epochs_.back();
}

std::string History::to_text() const {
  Json all = Json::array();
  for (const Epoch& epoch : epochs_) {
    Json metrics = Json::object();
    for (const auto& [column, value] : epoch.metrics) metrics[column] = to_json(value);
    all.push_back({epoch.epoch, to_json(epoch.loss), to_json(epoch.learning_rate), epoch.seconds,
                   std::move(metrics)});
  }
  return all.dump();
}

History History::from_text(const std::string& text) {
  History history;
  for (const Json& row : Json::parse(text)) {
    Epoch epoch;
    epoch.epoch = row.at(0).get<std::int64_t>();
    epoch.loss = to_double(row.at(1));
    epoch.learning_rate = to_double(row.at(2));
    epoch.seconds = row.at(3).get<double>();
    for (const auto& [column, value] : row.at(4).items()) epoch.metrics[column] = to_double(value);
    history.epochs_.push_back(std::move(epoch));
  }
  return history;
}

}  // namespace cofi::run
