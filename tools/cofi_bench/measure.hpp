// Timing, and the lines that tools/bench prints.
#pragma once

#include <functional>
#include <string>

namespace cofi::bench {

// The median of several runs of the work, in seconds: at least five, for at least a quarter of a
// second.
double median_seconds(const std::function<void()>& work);

// A kernel's time as what it moves, beside what the machine moves.
class Table {
 public:
  // Prints the head; `triad` in bytes a second.
  explicit Table(double triad);
  void row(const std::string& what, int threads, double seconds, double bytes) const;

 private:
  double triad_;
};

}  // namespace cofi::bench
