// What a command needs around a spec: threads, device, communicator, data and folds.
#pragma once

#include <memory>

#include "cofi/communicator.hpp"

#include "run/plan.hpp"

namespace cofi::run {

// Owns what a Workshop refers to.
class OpenWorkshop {
 public:
  // An Error where the spec asks for a device or a world that there is not.
  OpenWorkshop(const spec::Experiment& experiment, const plugin::Registry& registry);

 private:
  ThreadPool pool_;
  SearchPath paths_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Communicator> communicator_;
  Sources sources_;
  Folds folds_;

 public:
  const Workshop workshop;
};

}  // namespace cofi::run
