// What the machine's memory moves (McCalpin's STREAM triad, a = b + s c).
#pragma once

#include "cofi/parallel.hpp"

namespace cofi::bench {

// Bytes a second, counting two reads and one write of each element of arrays that outgrow the
// caches.
double triad(const ThreadPool& pool);

}  // namespace cofi::bench
