#include "search/halving.hpp"

#include <algorithm>
#include <numeric>

namespace cofi::search {

std::vector<Rung> rungs(std::int64_t settings, std::int64_t eta, std::int64_t most) {
  std::int64_t power = 1, halvings = 0;
  while (power * eta <= settings && power * eta <= most) {
    power *= eta;
    ++halvings;
  }
  std::vector<Rung> all;
  std::int64_t left = settings;
  for (std::int64_t k = 0; k <= halvings; ++k) {
    all.push_back({static_cast<std::size_t>(left), (2 * most + power) / (2 * power)});
    left /= eta;
    power /= eta;
  }
  return all;
}

std::vector<std::size_t> best_of(const std::vector<std::optional<double>>& losses,
                                 std::size_t keep) {
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (!losses[a] || !losses[b]) return losses[a].has_value() && !losses[b].has_value();
    return *losses[a] < *losses[b];
  });
  order.resize(std::min(keep, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace cofi::search
