// Collects mistakes, so that all of a spec's are reported at once.
#pragma once

#include <string>
#include <vector>

#include "spec/tree.hpp"

namespace cofi::spec {

class Problems {
 public:
  Problems() = default;
  // `first`: the file whose mistakes come first.
  explicit Problems(const std::string& first) : files_{first} {}

  // path: the key the mistake is at ("models.svd.factors"), or empty.
  void add(const Position& place, const std::string& path, const std::string& what);
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  // Throws one Error with a line each, in the order of the files and of the places in them, --set
  // last; what is said of a place twice is said once. Does nothing where there are none.
  void raise() const;

 private:
  struct Problem {
    bool override;
    std::size_t file;  // in order of first mention
    Position place;
    std::string path, what;
  };

  std::vector<std::string> files_;
  std::vector<Problem> all_;
};

}  // namespace cofi::spec
