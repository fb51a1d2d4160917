// The spec language's own keys, as data: the single source for checking, defaults and the schema.
#pragma once

#include <string>
#include <vector>

#include "cofi/plugin/abi.h"

namespace cofi::spec {

struct Block;

// A key of the language: a row as plugins declare them, or a map with keys of its own.
struct Key {
  cofi_param row;
  const Block* block = nullptr;   // of what the map has; row's type has no meaning then
  const char* pattern = nullptr;  // what a string must match, whole (ECMAScript)
  const char* pattern_doc = nullptr;
  bool ranking = false;  // has a use only where a metric ranks items
};

// A map with fixed keys.
struct Block {
  const char* name;  // "train"
  const char* doc;
  std::vector<Key> keys;

  const Key* find(const std::string& name) const;
  std::vector<std::string> names() const;
};

// The keys at a spec's top, in the order in which they are written.
const Block& top_block();
const Block& train_block();
const Block& evaluate_block();
const Block& launch_block();
const Block& select_block();
// A block of the list `sweep`: the keys that have a block of their own have options beside the
// swept paths.
const Block& sweep_block();

// Names of models, datasets and nested plugins.
extern const char* const kNamePattern;
extern const char* const kNamePatternDoc;
bool matches(const std::string& text, const char* pattern);

// The language's own alternatives that are written like plugins (kinds loss, schedule, filter and
// candidates), or null.
const cofi_plugin* builtin(const std::string& kind, const std::string& name);
std::vector<std::string> builtin_names(const std::string& kind);
// The kinds of builtins.
const std::vector<std::string>& builtin_kinds();

}  // namespace cofi::spec
