// The interface of splitter plugins.
#pragma once

#include <cstdint>
#include <memory>

#include "cofi/data.hpp"
#include "cofi/dataset.hpp"
#include "cofi/split.hpp"

namespace cofi {

class COFI_API Splitter {
 public:
  static constexpr char kKind[] = "splitter";
  static constexpr unsigned kUses = 0;

  virtual ~Splitter();
  // How many folds; known without data.
  virtual std::int64_t count() const = 0;
  // Divides the given rows of data.interactions (all of them, or the train part of another split)
  // into fold k of `count()`. The same data, rows, seed and k give the same split. An Error where
  // the data does not allow it (more test rows than rows, no timestamps, ...).
  virtual Split at(std::int64_t k, const Data& data, View<std::int32_t> rows,
                   const LoadContext& context) const = 0;
};

}  // namespace cofi
