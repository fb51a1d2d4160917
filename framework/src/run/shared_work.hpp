// Work that several cells of a run need once (similarities, ...).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cofi/archive.hpp"

namespace cofi::run {

class COFI_API SharedWork {
 public:
  // The values computed under the key; `scope` is what they were trained on. Only one scope is kept
  // at a time: cells run in the order of their folds.
  Archive get(const std::string& scope, const std::string& key,
              const std::function<void(Archive&)>& compute);
  // Seconds that the work took which was asked for since the last call, whoever did it.
  double take_seconds();

 private:
  struct Item {
    Archive values;
    double seconds;
  };
  std::string scope_;
  std::map<std::string, Item> items_;
  double asked_seconds_ = 0;
};

}  // namespace cofi::run
