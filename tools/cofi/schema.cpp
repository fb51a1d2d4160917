// cofi schema
#include <iostream>

#include "command.hpp"
#include "plugin/registry.hpp"
#include "spec/experiment.hpp"

namespace cofi::cli {
namespace {

int call_schema(const Arguments& arguments) {
  const auto registry = plugin::Registry::standard(arguments.texts("plugin-path"));
  std::cout << spec::schema(registry).dump(2) << "\n";
  return 0;
}

}  // namespace

Command schema_command() {
  return {"schema",
          "",
          0,
          0,
          "Prints the JSON Schema of specs, for editors, with every plugin's parameters.",
          {plugin_path_option()},
          "cofi schema > cofi.schema.json",
          &call_schema};
}

}  // namespace cofi::cli
