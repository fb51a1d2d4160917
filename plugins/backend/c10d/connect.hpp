// c10d's process groups (LibTorch's) as communicators: what its backends have in common.
#pragma once

#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cofi/communicator.hpp"

namespace c10d_backend {

#if TORCH_VERSION_MAJOR >= 2
using Group = c10d::Backend;
#else
using Group = c10d::ProcessGroup;
#endif

struct Engine {
  std::string name;  // of the backend, in messages
  // The group of the world's ranks, who find each other through the store.
  std::function<c10::intrusive_ptr<Group>(const c10::intrusive_ptr<c10d::Store>&,
                                          const cofi::World&)>
      group;
  // Whether it has these operations for lists of tensors; they are emulated where it has not.
  bool reduce_scatter = false, all_to_all = false;
};

// What an operation may take: a slow rank is no dead one, and the world ends without the dead.
constexpr std::chrono::hours kForever(24 * 365);

// An Error where the world has no store to meet through, or the group cannot be made.
std::unique_ptr<cofi::Communicator> connect(const Engine& engine, const cofi::World& world);

}  // namespace c10d_backend
