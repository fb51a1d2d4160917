// manifest.json: what a run was made with, enough to tell whether another one is the same.
#pragma once

#include <string>

#include "run/plan.hpp"

namespace cofi::run {

struct RunTimes {
  std::string started;  // ISO 8601, UTC
  double wall_seconds = 0;
  std::string state;  // "running", "done", "some cells failed", "interrupted"
  spec::Json world;   // its ranks; null where there is one
};

std::string now_utc();

// The manifest's text: versions, build, BLAS, CPU, GPU, git, data, seeds, plugin files, times.
std::string manifest(const Plan& plan, const Workshop& workshop, const RunTimes& times);

}  // namespace cofi::run
