#include <string>
#include <vector>

#include "cofi/plugin/abi.h"

#include "core/suggest.hpp"
#include "spec/defaults.hpp"
#include "spec/experiment.hpp"
#include "spec/scalar.hpp"

namespace cofi::spec {
namespace {

std::string show(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return write_real(value.get<double>());
  return value.dump();
}

}  // namespace

std::string metric_column(const Json& metric, const cofi_plugin& plugin) {
  std::vector<std::string> others;
  std::string at;
  for (std::uint32_t i = 0; i < plugin.param_count; ++i) {
    const cofi_param& row = plugin.params[i];
    if (!metric.contains(row.name)) continue;
    const Json& value = metric[row.name];
    if (std::string(row.name) == "at") {
      if (!value.is_null()) at = "@" + show(value);
    } else if (value != default_value(row)) {
      others.push_back(std::string(row.name) + "=" + show(value));
    }
  }
  return plugin.name + (others.empty() ? std::string() : "[" + join(others) + "]") + at;
}

}  // namespace cofi::spec
