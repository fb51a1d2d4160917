// The files that `cofi new` writes: tools/cofi/templates, put into the runner by its build.
#pragma once

#include <string>
#include <vector>

namespace cofi::cli {

struct Template {
  std::string kind;        // of the plugins that get it; empty: all
  std::string file, text;  // with {{name}}, {{kind}} and {{Class}} to fill in
};

std::vector<Template> templates();

}  // namespace cofi::cli
