#include "world/memory_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace cofi::world {

MemoryStore::~MemoryStore() = default;

void MemoryStore::set(const std::string& key, const std::string& value) {
  {
    const std::lock_guard lock(mutex_);
    values_[key] = value;
  }
  changed_.notify_all();
}

std::string MemoryStore::get(const std::string& key, double timeout_seconds) {
  std::unique_lock lock(mutex_);
  constexpr double kLongest = 1e6;  // seconds; what a clock can add
  const std::chrono::duration<double> wait(std::clamp(timeout_seconds, 0.0, kLongest));
  changed_.wait_for(lock, wait, [&] { return closed_ || values_.count(key) > 0; });
  const auto found = values_.find(key);
  if (found != values_.end()) return found->second;
  if (closed_) throw Error("the world's store is closed");
  throw Error("nobody has set '", key, "' in the world's store within ", timeout_seconds, " s");
}

bool MemoryStore::has(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return values_.count(key) > 0;
}

std::int64_t MemoryStore::add(const std::string& key, std::int64_t amount) {
  std::int64_t sum = amount;
  {
    const std::lock_guard lock(mutex_);
    std::string& value = values_[key];
    sum += std::atoll(value.c_str());
    value = std::to_string(sum);
  }
  changed_.notify_all();
  return sum;
}

std::string MemoryStore::compare_set(const std::string& key, const std::string& expected,
                                     const std::string& value) {
  std::string now;
  {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    const bool same = found == values_.end() ? expected.empty() : found->second == expected;
    if (!same) return found == values_.end() ? "" : found->second;
    now = values_[key] = value;
  }
  changed_.notify_all();
  return now;
}

bool MemoryStore::erase(const std::string& key) {
  const std::lock_guard lock(mutex_);
  return values_.erase(key) > 0;
}

std::int64_t MemoryStore::count() {
  const std::lock_guard lock(mutex_);
  return static_cast<std::int64_t>(values_.size());
}

void MemoryStore::clear() {
  const std::lock_guard lock(mutex_);
  values_.clear();
}

void MemoryStore::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace cofi::world
