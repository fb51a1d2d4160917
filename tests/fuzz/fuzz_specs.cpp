// Any text as a spec: an experiment whose resolved form reads back as itself, or an Error whose
// lines name their places.
#include <cstdlib>

#include "fuzz_catalogue.hpp"
#include "input_file.hpp"
#include "spec/experiment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const cofi::fuzz::FuzzCatalogue catalogue;
  const std::string& path = cofi::fuzz::input_file(".yaml", bytes, size);
  cofi::spec::Experiment first;
  try {
    first = cofi::spec::load_experiment(path, {}, catalogue);
  } catch (const cofi::Error& error) {
    if (std::string(error.what()).find(path) == std::string::npos) std::abort();
    return 0;
  }
  const std::string text = cofi::spec::to_yaml(first.resolved);
  const auto* written = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto again = cofi::spec::load_experiment(
      cofi::fuzz::input_file(".yaml", written, text.size()), {}, catalogue);
  if (again.resolved != first.resolved || again.rows.size() != first.rows.size()) std::abort();
  return 0;
}
