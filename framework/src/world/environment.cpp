#include "world/environment.hpp"

#include <cerrno>
#include <cstdlib>

namespace cofi::world {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

long number_of(const char* name) {
  const std::string text = variable(name);
  char* end = nullptr;
  errno = 0;
  const long number = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != 0 || errno != 0 || number < 0 || number > 1000000) {
    throw Error("$", name, " is '", text, "'; a number of at least 0 is expected");
  }
  return number;
}

int small(const char* name) { return static_cast<int>(number_of(name)); }

}  // namespace

std::optional<Seat> seat_from_launcher() {
  if (variable("COFI_RANK").empty()) return std::nullopt;
  Seat seat;
  seat.rank = small("COFI_RANK");
  seat.size = small("COFI_WORLD_SIZE");
  seat.local_rank = small("COFI_LOCAL_RANK");
  seat.local_size = small("COFI_LOCAL_SIZE");
  seat.generation = small("COFI_GENERATION");
  seat.address.host = variable("COFI_HOST");
  seat.address.port = variable("COFI_PORT");
  seat.address.token = variable("COFI_TOKEN");
  seat.address.timeout_seconds = std::strtod(variable("COFI_TIMEOUT").c_str(), nullptr);
  return seat;
}

std::vector<std::pair<std::string, std::string>> variables_of(const Seat& seat) {
  return {{"COFI_RANK", std::to_string(seat.rank)},
          {"COFI_WORLD_SIZE", std::to_string(seat.size)},
          {"COFI_LOCAL_RANK", std::to_string(seat.local_rank)},
          {"COFI_LOCAL_SIZE", std::to_string(seat.local_size)},
          {"COFI_GENERATION", std::to_string(seat.generation)},
          {"COFI_HOST", seat.address.host},
          {"COFI_PORT", seat.address.port},
          {"COFI_TOKEN", seat.address.token},
          {"COFI_TIMEOUT", std::to_string(seat.address.timeout_seconds)}};
}

}  // namespace cofi::world
