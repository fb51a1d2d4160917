// The world's store as c10d wants it.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"

namespace c10d_backend {

// Every key begins with `prefix`. Nothing times out by itself: whoever does not come has died,
// which the world notices and ends.
class WorldStore final : public c10d::Store {
 public:
  WorldStore(cofi::Store& store, std::string prefix);
  ~WorldStore() override;

  // c10d's own from LibTorch 2.8 on, and nobody's before.
  virtual c10::intrusive_ptr<c10d::Store> clone();
  void set(const std::string& key, const std::vector<uint8_t>& value) override;
  std::vector<uint8_t> compareSet(const std::string& key, const std::vector<uint8_t>& expected,
                                  const std::vector<uint8_t>& value) override;
  std::vector<uint8_t> get(const std::string& key) override;
  int64_t add(const std::string& key, int64_t amount) override;
  bool deleteKey(const std::string& key) override;
  bool check(const std::vector<std::string>& keys) override;
  int64_t getNumKeys() override;
  void wait(const std::vector<std::string>& keys) override;
  void wait(const std::vector<std::string>& keys,
            const std::chrono::milliseconds& timeout) override;

 private:
  cofi::Store& store_;
  std::string prefix_;
};

}  // namespace c10d_backend
