// cofi export
#include "cofi/error.hpp"

#include "command.hpp"
#include "core/suggest.hpp"
#include "run/commands.hpp"

namespace cofi::cli {
namespace {

int call_export(const Arguments& arguments) {
  const std::string& what = arguments.positionals[0];
  if (what != "split" && what != "model") {
    throw Error("cofi export knows no '", what, "'", choices(what, {"split", "model"}));
  }
  run::ExportOptions options;
  options.source = arguments.positionals[1];
  options.overrides = arguments.texts("set");
  options.out = arguments.text("out");
  options.model = arguments.text("model");
  if (options.out.empty()) {
    throw Error("cofi export ", what, " needs --out, the ", what == "split" ? "folder" : "file",
                " to write");
  }
  if (what == "split" && !options.model.empty()) {
    throw Error("cofi export split has no use for --model");
  }
  const auto registry = plugin::Registry::standard(arguments.texts("plugin-path"));
  return what == "split" ? run::export_split(options, registry)
                         : run::export_model(options, registry);
}

}  // namespace

Command export_command() {
  return {"export",
          "split|model SPEC",
          2,
          2,
          "Writes a spec's folds as CSV files, or a model as it was initialised.",
          {set_option(),
           {"out", "PATH", "The folder (split) or file (model) to write."},
           {"model", "KEY", "Which of the spec's models, where it has several."},
           plugin_path_option()},
          "cofi export split spec.yaml --out folds\n"
          "cofi export model spec.yaml --model svd --out svd.pt",
          &call_export};
}

}  // namespace cofi::cli
