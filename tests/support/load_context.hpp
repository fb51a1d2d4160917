// What datasets and splitters are given in tests.
#pragma once

#include <string>
#include <utility>

#include "cofi/dataset.hpp"

namespace cofi::test {

class Loading {
 public:
  explicit Loading(std::string folder = ".", std::uint64_t seed = 0, int threads = 2)
      : paths_{{std::move(folder)}}, pool_(threads), seed_(seed) {}
  LoadContext context() const { return {paths_, pool_, Random(seed_)}; }

 private:
  SearchPath paths_;
  ThreadPool pool_;
  std::uint64_t seed_;
};

}  // namespace cofi::test
