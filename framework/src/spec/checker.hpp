// Checks values of a spec against parameter rows, and completes them with defaults.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spec/catalogue.hpp"
#include "spec/experiment.hpp"
#include "spec/grammar.hpp"
#include "spec/plugin_finder.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::spec {

// A plugin as a spec names it.
struct CheckedPlugin {
  Json json;                            // {"use": name, every parameter}
  const cofi_plugin* plugin = nullptr;  // null where it could not be told
  unsigned uses = 0;                    // of it and the plugins nested in it
  bool known = true;                    // all of them could be told
};

// What a partial check lets pass: a spec before its sweep and interpolation.
struct Partial {
  bool on = false;                   // no missing keys; scalars with ${...} stay as they are
  std::set<std::string> as_written;  // paths of plugins that are neither checked nor completed
};

class Checker {
 public:
  Checker(const Catalogue& catalogue, Problems& problems, Partial partial = {})
      : finder_(catalogue, problems), problems_(problems), partial_(std::move(partial)) {}

  // reserved: keys beside the parameters, which the caller sees to.
  CheckedPlugin plugin(const Node& node, const std::string& kind, const std::string& path,
                       const std::vector<std::string>& reserved = {});
  // node: null where the block is not given.
  Json block(const Node* node, const Block& block, const std::string& path);
  // A key's value; node: null where it is not given, and `owner` the map that lacks it.
  Json key(const Node* node, const Key& key, const std::string& path, const Node& owner,
           const std::string& of = "the spec");

 private:
  struct Default {
    Json json;
    unsigned uses;
    bool known;
  };

  Json plugin_json(const Node& node, const std::string& kind, const std::string& path,
                   const std::vector<std::string>& reserved, const cofi_plugin*& found);
  Json value(const Node* node, const cofi_param& row, const std::string& path,
             const Position& owner, const std::string& of);
  Json fallback(const cofi_param& row, const std::string& path, const std::string& of);
  Json given(const Node& node, const cofi_param& row, const std::string& path);
  // A plugin in another's parameters. A model may have an optimizer and train options of its own.
  Json nested(const Node& node, const cofi_param& row, const std::string& path);
  Json list(const Node& node, const cofi_param& row, const std::string& path);
  Json map(const Node& node, const cofi_param& row, const std::string& path);
  Json refused(const Node& node, const cofi_param& row, const std::string& path,
               const std::string& why);

  PluginFinder finder_;
  Problems& problems_;
  Partial partial_;
  unsigned uses_ = 0;  // of the plugin being checked, with its nested ones
  bool known_ = true;
  int depth_ = 0;
  std::map<const cofi_param*, Default> defaults_;
};

}  // namespace cofi::spec
