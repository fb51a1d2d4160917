// The store of a world, from one of its ranks.
#pragma once

#include <mutex>
#include <string>

#include "cofi/communicator.hpp"

#include "world/address.hpp"
#include "world/connection.hpp"

namespace cofi::world {

class COFI_API StoreClient final : public Store {
 public:
  StoreClient(const Address& address, int generation);
  ~StoreClient() override;
  void set(const std::string& key, const std::string& value) override;
  std::string get(const std::string& key, double timeout_seconds) override;
  bool has(const std::string& key) override;
  std::int64_t add(const std::string& key, std::int64_t amount) override;
  std::string compare_set(const std::string& key, const std::string& expected,
                          const std::string& value) override;
  bool erase(const std::string& key) override;
  std::int64_t count() override;

 private:
  std::string ask(const Message& question, double patience);

  double timeout_;
  std::mutex mutex_;
  Connection connection_;
};

}  // namespace cofi::world
