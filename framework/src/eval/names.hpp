// Whom an Error is about.
#pragma once

#include <cstdint>
#include <string>

#include "cofi/interactions.hpp"

namespace cofi::eval {

// The data's own ids; where they are not at hand, the dense ones.
struct Names {
  const Vocabulary* users = nullptr;
  const Vocabulary* items = nullptr;

  std::string user(std::int32_t id) const { return "user " + name(users, id); }
  std::string item(std::int32_t id) const { return "item " + name(items, id); }

 private:
  static std::string name(const Vocabulary* names, std::int32_t id) {
    if (names == nullptr || id < 0) return std::to_string(id) + " (dense id)";
    return "'" + std::string(names->name(id)) + "'";
  }
};

}  // namespace cofi::eval
