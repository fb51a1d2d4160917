// Machines of a network, as network namespaces: what several hosts are to a world of processes.
#pragma once

#include <string>
#include <unistd.h>
#include <vector>

#include "support/runner.hpp"

namespace cofi::test {

// Whether this machine lets us make namespaces and the links between them.
inline bool can_make_hosts() {
  static const bool can =
      shell(
          "ip netns add cofi-try-$$ && { ip -n cofi-try-$$ link add try0 type veth peer name try1 "
          "&& "
          "ip -n cofi-try-$$ link add try2 type bridge; code=$?; ip netns del cofi-try-$$; "
          "exit $code; }")
          .code == 0;
  return can;
}

enum class Network {
  kBridge,  // 10.77.0.1, .2, .3 on one switch
  kRouted,  // 10.77.0.1 and .2 behind a router, 10.77.1.3 on its other side
  kRelay    // as the bridge, but the third host's packets go through a relay that delays and drops
};

// Three of them. Each has an interface "net"; they share this machine's files.
class Hosts {
 public:
  explicit Hosts(Network network) : network_(network) {
    run("ip netns add " + hub());
    run("ip -n " + hub() + " link set lo up");
    for (int host = 0; host < kCount; ++host) add(host);
    if (network == Network::kRouted) {
      run("ip netns exec " + hub() + " sysctl -qw net.ipv4.ip_forward=1");
      run("ip -n " + hub() + " link add left type bridge && ip -n " + hub() + " link set left up");
      run("ip -n " + hub() + " addr add 10.77.0.254/24 dev left");
      run("ip -n " + hub() + " link set h0 master left && ip -n " + hub() +
          " link set h1 master left");
      run("ip -n " + hub() + " addr add 10.77.1.254/24 dev h2");
      for (int host = 0; host < kCount; ++host) {
        run("ip -n " + name(host) + " route add default via 10.77." + (host == 2 ? "1" : "0") +
            ".254");
      }
      return;
    }
    run("ip -n " + hub() + " link add switch type bridge && ip -n " + hub() +
        " link set switch up");
    for (int host = 0; host < kCount; ++host) {
      run("ip -n " + hub() + " link set h" + std::to_string(host) + " master switch");
    }
  }
  ~Hosts() {
    shell(relay_.empty() ? "true" : "kill " + relay_);
    for (int host = 0; host < kCount; ++host) shell("ip netns del " + name(host));
    shell("ip netns del " + hub());
  }
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;

  std::string address(int host) const {
    return "10.77." + std::string(network_ == Network::kRouted && host == 2 ? "1." : "0.") +
           std::to_string(host + 1);
  }
  // Shell text that runs a command on a host.
  std::string on(int host, const std::string& command) const {
    return "ip netns exec " + name(host) + " env " + command;
  }
  // Shell text that takes a host's link down.
  std::string cut(int host) const {
    return "ip -n " + hub() + " link set h" + std::to_string(host) + " down";
  }

  static constexpr int kCount = 3;

 private:
  std::string name(int host) const {
    return "cofi-" + std::to_string(getpid()) + "-" + std::to_string(host);
  }
  std::string hub() const { return "cofi-" + std::to_string(getpid()) + "-hub"; }

  static void run(const std::string& command) {
    const Outcome done = shell(command);
    if (done.code != 0) throw std::runtime_error(command + ": " + done.err);
  }

  void add(int host) {
    run("ip netns add " + name(host));
    run("ip -n " + name(host) + " link set lo up");
    const std::string end = "h" + std::to_string(host);
    if (network_ == Network::kRelay && host == 2) {
      // A cable with two ends that a process holds: COFI_RELAY copies packets between them.
      run("ip -n " + name(host) + " tuntap add mode tap name net && ip -n " + hub() +
          " tuntap add mode tap name " + end);
    } else {
      run("ip -n " + hub() + " link add " + end + " type veth peer name net netns " + name(host));
    }
    run("ip -n " + name(host) + " addr add " + address(host) + "/24 dev net");
    run("ip -n " + name(host) + " link set net up && ip -n " + hub() + " link set " + end + " up");
    if (network_ == Network::kRelay && host == 2) {
      const Outcome started = shell("python3 '" COFI_RELAY "' " + name(host) + " net " + hub() +
                                    " " + end + " 2>/dev/null >/dev/null & echo $!");
      relay_ = started.out.substr(0, started.out.find('\n'));
    }
  }

  Network network_;
  std::string relay_;  // its process
};

}  // namespace cofi::test
