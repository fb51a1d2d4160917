// Builds model/svd for its tests.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include "cofi/gradient_model.hpp"

#include "plugin/registry.hpp"

namespace cofi::test {

using Json = nlohmann::ordered_json;

// With these parameters, the others at their defaults.
inline std::unique_ptr<GradientModel> svd(const Json& parameters = Json::object()) {
  Json all = {{"use", "svd"},
              {"factors", 100},
              {"mean", nullptr},
              {"init", "cofi"},
              {"init_distribution", "uniform"},
              {"init_low", 0.0},
              {"init_high", 0.005},
              {"init_deviation", 0.1},
              {"init_bias_low", -0.01},
              {"init_bias_high", 0.01},
              {"init_bias_deviation", 0.0},
              {"reg_user_factors", nullptr},
              {"reg_user_bias", nullptr},
              {"reg_item_factors", nullptr},
              {"reg_item_bias", nullptr},
              {"clip", false}};
  all.update(parameters);
  auto model = plugin::Registry::standard().build<Model>(all, "models.svd");
  return std::unique_ptr<GradientModel>(static_cast<GradientModel*>(model.release()));
}

inline at::Tensor table(GradientModel& model, const std::string& name) {
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

}  // namespace cofi::test
