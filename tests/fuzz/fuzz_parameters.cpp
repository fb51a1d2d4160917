// Any text as a plugin's parameters: complete and in range, or an Error that names the place.
#include <cstdlib>

#include "cofi/plugin/abi.h"

#include "fuzz_catalogue.hpp"
#include "spec/experiment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const cofi::fuzz::FuzzCatalogue catalogue;
  static const cofi_plugin& plugin = *catalogue.find("model", "everything");
  const std::string yaml(reinterpret_cast<const char*>(bytes), size);
  cofi::spec::Json parameters;
  try {
    parameters = cofi::spec::check_parameters(plugin, yaml, "the-place", catalogue);
  } catch (const cofi::Error& error) {
    if (std::string(error.what()).find("the-place") == std::string::npos) std::abort();
    return 0;
  }
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    if (!parameters.contains(plugin.params[n].name)) std::abort();
  }
  const auto& factors = parameters.at("factors");
  if (!factors.is_number_integer() || factors < 1 || factors > 4096) std::abort();
  const auto& rate = parameters.at("rate");
  if (!rate.is_number() || !(rate >= 0.0 && rate <= 1.0)) std::abort();
  return 0;
}
