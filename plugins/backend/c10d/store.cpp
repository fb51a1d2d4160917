#include "c10d/store.hpp"

#include <utility>

namespace c10d_backend {
namespace {

constexpr double kLongWait = 1e6;  // seconds

std::string text_of(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }
std::vector<uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

WorldStore::WorldStore(cofi::Store& store, std::string prefix)
    : store_(store), prefix_(std::move(prefix)) {}
WorldStore::~WorldStore() = default;

c10::intrusive_ptr<c10d::Store> WorldStore::clone() {
  return c10::make_intrusive<WorldStore>(store_, prefix_);
}

void WorldStore::set(const std::string& key, const std::vector<uint8_t>& value) {
  store_.set(prefix_ + key, text_of(value));
}

std::vector<uint8_t> WorldStore::compareSet(const std::string& key,
                                            const std::vector<uint8_t>& expected,
                                            const std::vector<uint8_t>& value) {
  return bytes_of(store_.compare_set(prefix_ + key, text_of(expected), text_of(value)));
}

std::vector<uint8_t> WorldStore::get(const std::string& key) {
  return bytes_of(store_.get(prefix_ + key, kLongWait));
}

int64_t WorldStore::add(const std::string& key, int64_t amount) {
  return store_.add(prefix_ + key, amount);
}

bool WorldStore::deleteKey(const std::string& key) { return store_.erase(prefix_ + key); }

bool WorldStore::check(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!store_.has(prefix_ + key)) return false;
  }
  return true;
}

int64_t WorldStore::getNumKeys() { return store_.count(); }

void WorldStore::wait(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) store_.get(prefix_ + key, kLongWait);
}

void WorldStore::wait(const std::vector<std::string>& keys, const std::chrono::milliseconds&) {
  wait(keys);
}

}  // namespace c10d_backend
