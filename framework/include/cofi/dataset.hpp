// The interface of dataset plugins.
#pragma once

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

namespace cofi {

// What loading and splitting may draw on.
struct LoadContext {
  const SearchPath& paths;
  const ThreadPool& pool;
  Random random;
};

class COFI_API Dataset {
 public:
  static constexpr char kKind[] = "dataset";
  static constexpr unsigned kUses = 0;

  virtual ~Dataset();
  // Errors name file:line and what was expected.
  virtual Data load(const LoadContext& context) = 0;
};

}  // namespace cofi
