// Successive halving (Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and
// hyperparameter optimization"): all settings with a little of a resource, the best of them with
// eta times as much, and so on up to all of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cofi/error.hpp"

namespace cofi::search {

struct Rung {
  std::size_t settings;   // how many
  std::int64_t resource;  // how much each gets
};

// s = floor(log_eta(settings)) halvings, fewer where less than 1 of the resource would be left:
// rung k has settings / eta^k of them with most / eta^(s-k), rounded, each.
COFI_API std::vector<Rung> rungs(std::int64_t settings, std::int64_t eta, std::int64_t most);

// The `keep` settings with the lowest losses, in their order; of equal ones the earlier. Settings
// without a loss (they failed) come last.
COFI_API std::vector<std::size_t> best_of(const std::vector<std::optional<double>>& losses,
                                          std::size_t keep);

}  // namespace cofi::search
