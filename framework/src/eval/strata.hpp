// Groups of users and items that are measured apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/interactions.hpp"
#include "cofi/ranking.hpp"

namespace cofi::eval {

// The rows of these users with these items. Without a name it is the whole of what is evaluated.
struct Stratum {
  std::string strata, name;  // "user_activity", "low"
  std::vector<bool> users;   // [users], or empty: all
  std::vector<bool> items;   // [items], or empty: all

  bool has(std::int32_t user, std::int32_t item) const {
    return (users.empty() || users[static_cast<std::size_t>(user)]) &&
           (items.empty() || items[static_cast<std::size_t>(item)]);
  }
};

// By training interactions, which are counted for each user and item:
// - "user_activity": low, mid, high. Let a and b be the counts at the places ceil(n / 3) and
//   ceil(2 n / 3) of the n users with training interactions in ascending order: low are those of at
//   most a (new ones, too), mid those of more than a and at most b, high the rest. So users with
//   equal counts are together, and a stratum is empty where most are equal.
// - "item_popularity": head, mid, tail. Head are the items for which the items with more
//   interactions have less than a third of all; mid, less than two thirds; tail the rest.
// - "cold": new_users and new_items, those without training interactions, and neither. A row of a
//   new user with a new item is in both of the first.
// In this order.
std::vector<std::string> stratum_names(const std::string& strata);
COFI_API std::vector<Stratum> make_strata(const std::string& strata, View<std::int64_t> user_counts,
                                          View<std::int64_t> item_counts);

// What of a part is in a stratum.
struct StratumSize {
  std::int64_t users = 0;  // with a row in it
  std::int64_t rows = 0;
};
COFI_API StratumSize size_of(const Stratum& stratum, const Interactions& part);

// The numbers of the part's rows that are in it, ascending.
std::vector<std::int32_t> rows_of(const Stratum& stratum, const Interactions& part);

// The lists of these users alone ([users] of the vocabulary).
Ranking of_users(const Ranking& ranking, const std::vector<bool>& users);

}  // namespace cofi::eval
