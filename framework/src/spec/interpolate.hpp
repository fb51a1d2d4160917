// ${key.path} and ${env:NAME} in a spec's scalars.
#pragma once

#include <string>
#include <vector>

#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// A scalar that is one ${...} becomes what it names: a value of the spec (a path from its top), or
// the environment variable's text, read as YAML reads a plain scalar. Within a longer text it
// stands for the scalar's text. $${ is a ${ that is meant.
class Interpolator {
 public:
  // root: where paths start; it must outlive this.
  Interpolator(const Node& root, Problems& problems) : root_(root), problems_(problems) {}

  // A copy of the node with everything interpolated. Mistakes go to problems, and their scalars
  // stay as they are. `path` is the node's own, for messages.
  Node resolve(const Node& node, const std::string& path);

 private:
  Node scalar(const Node& node);
  Node inner(const Node& node);
  Node value_at(const std::string& name, const Position& place);
  void count(std::size_t bytes);

  const Node& root_;
  Problems& problems_;
  std::vector<std::string> chain_;  // the names being looked up
  int depth_ = 0;
  std::size_t nodes_ = 0, bytes_ = 0;
};

// Only ${env:NAME} replaced: for the resolved spec, whose paths are interpolated when it is read.
Node resolve_environment(const Node& node);

bool has_interpolation(const Node& node);

}  // namespace cofi::spec
