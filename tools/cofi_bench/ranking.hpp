// Ranking of a large catalogue, as evaluation does it.
#pragma once

#include "cofi/parallel.hpp"

namespace cofi::bench {

// The ten best of ml-20m's 26,744 items for 10,000 users at 64 factors, train items left out.
void run_ranking(const ThreadPool& pool);

}  // namespace cofi::bench
