#include "world/torch_store.hpp"

#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <cstdlib>
#include <tuple>
#include <vector>

namespace cofi::world {
namespace {

class InTorchStore final : public Rendezvous {
 public:
  InTorchStore(const std::string& text, double timeout_seconds, int generation)
      : timeout_(timeout_seconds), key_("cofi/host/" + std::to_string(generation)) {
    std::tie(host_, port_) = host_and_port(text, "torch://" + text);
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(std::atoi(port_.c_str()));
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_seconds * 1000));
    told([&] { store_ = c10::make_intrusive<c10d::TCPStore>(host_, options); });
  }

  Address to_host() const override {
    return {address_towards(host_, port_), "0", token_or_random(), timeout_};
  }

  void publish(const Address& address) override {
    const std::string text = packed(address);
    told([&] { store_->set(key_, std::vector<std::uint8_t>(text.begin(), text.end())); });
  }

  Address find(double) override {
    std::vector<std::uint8_t> bytes;
    told([&] { bytes = store_->get(key_); });
    return unpacked({bytes.begin(), bytes.end()}, timeout_);
  }

 private:
  // What c10d throws, without its backtrace.
  template <class Body>
  void told(const Body& body) const {
    try {
      body();
    } catch (const std::exception& error) {
      const std::string what = error.what();
      throw Error("the store of torchrun's agent at ", host_, ":", port_, " ($MASTER_ADDR, ",
                  "$MASTER_PORT): ", what.substr(0, what.find('\n')));
    }
  }

  double timeout_;
  std::string key_, host_, port_;
  c10::intrusive_ptr<c10d::Store> store_;
};

}  // namespace

std::unique_ptr<Rendezvous> in_torch_store(const std::string& address, double timeout_seconds,
                                           int generation) {
  return std::make_unique<InTorchStore>(address, timeout_seconds, generation);
}

}  // namespace cofi::world
