#include "world/client.hpp"

#include <cstdlib>

namespace cofi::world {

StoreClient::StoreClient(const Address& address, int generation)
    : timeout_(address.timeout_seconds),
      connection_(address.host, address.port, address.timeout_seconds) {
  greet_as_client(connection_, address.token, "store", timeout_);
  connection_.send({std::to_string(generation)}, timeout_);
}
StoreClient::~StoreClient() = default;

std::string StoreClient::ask(const Message& question, double patience) {
  const std::lock_guard lock(mutex_);
  connection_.send(question, timeout_);
  const Message reply = connection_.receive(timeout_ + patience);
  if (reply.size() == 2 && reply[0] == "error") throw Error(reply[1]);
  return reply.size() > 1 ? reply[1] : "";
}

void StoreClient::set(const std::string& key, const std::string& value) {
  ask({"set", key, value}, 0);
}
std::string StoreClient::get(const std::string& key, double timeout_seconds) {
  return ask({"get", key, std::to_string(timeout_seconds)}, timeout_seconds);
}
bool StoreClient::has(const std::string& key) { return ask({"has", key}, 0) == "1"; }
std::int64_t StoreClient::add(const std::string& key, std::int64_t amount) {
  return std::atoll(ask({"add", key, std::to_string(amount)}, 0).c_str());
}
std::string StoreClient::compare_set(const std::string& key, const std::string& expected,
                                     const std::string& value) {
  return ask({"compare_set", key, expected, value}, 0);
}
bool StoreClient::erase(const std::string& key) { return ask({"erase", key}, 0) == "1"; }
std::int64_t StoreClient::count() { return std::atoll(ask({"count"}, 0).c_str()); }

}  // namespace cofi::world
