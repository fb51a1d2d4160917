#include "world/rendezvous.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "world/connection.hpp"
#include "world/torch_store.hpp"

namespace cofi::world {

Rendezvous::~Rendezvous() = default;

namespace {

constexpr std::chrono::milliseconds kBetweenReads(50);
constexpr double kOneTry = 1;  // seconds to reach a host that may be one of yesterday's

class AtAddress final : public Rendezvous {
 public:
  AtAddress(const std::string& text, double timeout_seconds) {
    std::tie(address_.host, address_.port) = host_and_port(text, "--master " + text);
    address_.timeout_seconds = timeout_seconds;
    address_.token = given_token();
    if (address_.token.empty()) {
      throw Error(
          "a world that meets at ", text, " needs a token that its processes know: set ",
          "COFI_TOKEN to the same secret for all of them, as made by `openssl rand -hex 32`");
    }
  }
  Address to_host() const override { return address_; }
  void publish(const Address&) override {}
  Address find(double) override { return address_; }

 private:
  Address address_;
};

class InFile final : public Rendezvous {
 public:
  InFile(std::string path, double timeout_seconds, bool one_machine)
      : path_(std::move(path)), timeout_(timeout_seconds), one_machine_(one_machine) {
    if (path_.empty() || path_.front() != '/') {
      throw Error("--master file://", path_, ": a whole path is expected, as file:///shared/world");
    }
  }
  ~InFile() override {
    try {
      // A later world may have put its own there.
      if (!published_.empty() && read() == published_) unlink(path_.c_str());
    } catch (const Error&) {
      // It is another user's now.
    }
  }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;

  Address to_host() const override {
    return {own_address(one_machine_), "0", token_or_random(), timeout_};
  }

  void publish(const Address& address) override {
    const std::string text = packed(address), temporary = path_ + "." + std::to_string(getpid());
    // A new file of our own: nobody else's gets to know the token.
    unlink(temporary.c_str());
    const int file =
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    const bool written =
        file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int failure = errno;
    if (file >= 0) close(file);
    if (!written || rename(temporary.c_str(), path_.c_str()) != 0) {
      throw Error("cannot write ", path_,
                  ", where the world is to meet: ", std::strerror(written ? errno : failure));
    }
    published_ = text;
  }

  Address find(double seconds) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    std::string seen;
    while (std::chrono::steady_clock::now() < end) {
      const std::string text = read();
      const Address address = unpacked(text, timeout_);
      if (!address.token.empty() && text != seen) {
        try {
          const Connection there(address.host, address.port, kOneTry);
          return address;
        } catch (const Disconnected&) {
          seen = text;  // of a world that is no more
        }
      }
      std::this_thread::sleep_for(kBetweenReads);
    }
    throw Error("no host of a world has left its address in ", path_, " within ", seconds,
                " s (launch.timeout)",
                seen.empty() ? "" : "; what stands there is of a world that is no more");
  }

 private:
  // Empty where there is no file yet. An Error where another user may have written it.
  std::string read() const {
    const int file = open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0 && errno != ELOOP) return "";
    struct stat about {};
    const bool known = file >= 0 && fstat(file, &about) == 0;
    if (!known || about.st_uid != geteuid() || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      if (file >= 0) close(file);
      throw Error(path_,
                  ", where the world is to meet, is not a file of this user's alone: remove ",
                  "it, or choose another path with --master file:///PATH");
    }
    std::string text(4096, '\0');
    const ssize_t count = ::read(file, text.data(), text.size());
    close(file);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

  std::string path_;
  double timeout_;
  bool one_machine_;
  std::string published_;  // what it wrote
};

bool starts(const std::string& text, const std::string& with, std::string& rest) {
  if (text.compare(0, with.size(), with) != 0) return false;
  rest = text.substr(with.size());
  return true;
}

}  // namespace

std::unique_ptr<Rendezvous> rendezvous_at(const std::string& url, double timeout_seconds,
                                          int generation, bool one_machine) {
  std::string rest;
  if (starts(url, "file://", rest)) {
    return std::make_unique<InFile>(rest, timeout_seconds, one_machine);
  }
  if (starts(url, "torch://", rest)) {
    return in_torch_store(rest, timeout_seconds, generation);
  }
  if (starts(url, "tcp://", rest)) return std::make_unique<AtAddress>(rest, timeout_seconds);
  if (url.find("://") != std::string::npos) {
    throw Error("--master ", url, ": HOST:PORT, tcp://HOST:PORT or file:///PATH is expected");
  }
  return std::make_unique<AtAddress>(url, timeout_seconds);
}

}  // namespace cofi::world
