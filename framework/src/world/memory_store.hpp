// A store in this process: what the world's host keeps, and what ranks that are threads share.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "cofi/communicator.hpp"

namespace cofi::world {

class COFI_API MemoryStore final : public Store {
 public:
  ~MemoryStore() override;
  void set(const std::string& key, const std::string& value) override;
  std::string get(const std::string& key, double timeout_seconds) override;
  bool has(const std::string& key) override;
  std::int64_t add(const std::string& key, std::int64_t amount) override;
  std::string compare_set(const std::string& key, const std::string& expected,
                          const std::string& value) override;
  bool erase(const std::string& key) override;
  std::int64_t count() override;

  // Forgets everything.
  void clear();
  // Ends every wait with an Error, those under way and those to come.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> values_;
  bool closed_ = false;
};

}  // namespace cofi::world
