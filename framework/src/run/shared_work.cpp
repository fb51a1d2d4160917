#include "run/shared_work.hpp"

#include <chrono>
#include <utility>

#include "run/text.hpp"

namespace cofi::run {

Archive SharedWork::get(const std::string& scope, const std::string& key,
                        const std::function<void(Archive&)>& compute) {
  if (scope_ != scope) {
    items_.clear();
    scope_ = scope;
  }
  auto found = items_.find(key);
  if (found == items_.end()) {
    const auto start = std::chrono::steady_clock::now();
    Archive values;
    compute(values);
    found = items_.emplace(key, Item{values.reopened(), seconds_since(start)}).first;
  }
  asked_seconds_ += found->second.seconds;
  return found->second.values;
}

double SharedWork::take_seconds() { return std::exchange(asked_seconds_, 0); }

}  // namespace cofi::run
