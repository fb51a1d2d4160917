#include "stats/correction.hpp"

#include <algorithm>
#include <cmath>

namespace cofi::stats {

std::vector<double> holm(View<double> p) {
  std::vector<std::size_t> order;
  for (std::size_t n = 0; n < p.size(); ++n) {
    if (!std::isnan(p[n])) order.push_back(n);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double most = 0;
  for (std::size_t n = 0; n < order.size(); ++n) {
    most = std::max(most, std::min(1.0, p[order[n]] * static_cast<double>(order.size() - n)));
    adjusted[order[n]] = most;
  }
  return adjusted;
}

}  // namespace cofi::stats
