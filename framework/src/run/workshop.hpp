// What a command needs around a spec: threads, device, communicator, data and folds.
#pragma once

#include <memory>

#include "cofi/communicator.hpp"

#include "run/metered_communicator.hpp"
#include "run/plan.hpp"
#include "run/ranks.hpp"

namespace cofi::run {

// Owns what a Workshop refers to.
class OpenWorkshop {
 public:
  // Joins the world of `place`. An Error where the spec asks for a device that there is not, or for
  // a backend that cannot.
  OpenWorkshop(const spec::Experiment& experiment, const plugin::Registry& registry,
               const World& place = {});

 private:
  ThreadPool pool_;
  SearchPath paths_;
  c10::Device device_;
  std::unique_ptr<Backend> backend_;
  MeteredCommunicator communicator_;
  Ranks ranks_;
  Sources sources_;
  Folds folds_;

 public:
  const Workshop workshop;
};

}  // namespace cofi::run
