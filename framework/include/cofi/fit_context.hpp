// Everything that a fit may use. There are no globals, and no seed but this one.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/communicator.hpp"
#include "cofi/data.hpp"
#include "cofi/interactions.hpp"
#include "cofi/parallel.hpp"
#include "cofi/progress.hpp"
#include "cofi/random.hpp"
#include "cofi/train_options.hpp"

namespace cofi {

class Optimizer;
struct SearchPath;

struct COFI_API FitContext {
  const Interactions& train;
  const Interactions& validation;  // empty where there is no validation split
  std::int32_t users, items;       // the vocabularies' sizes: tables have as many rows
  const Vocabulary &user_ids, &item_ids;
  View<std::int64_t> user_counts;  // [users] training interactions; 0: nothing to learn from
  View<std::int64_t> item_counts;  // [items]
  RatingScale scale;
  const std::map<std::string, Interactions>& feedback;  // implicit feedback sets, by name
  const SearchPath& paths;                              // where files that a spec names are

  Random random;       // the cell's; take a named stream of it
  c10::Device device;  // where tensors should live
  const ThreadPool& pool;
  Communicator& communicator;
  const Optimizer* optimizer;  // set for gradient models
  TrainOptions options;
  Monitor& monitor;
  // From whose saved parameters to start, if any (see GradientModel).
  const Archive* warm_start;

  // Work that several cells need once: writes named values under the key, or finds them there. The
  // key says everything that they depend on, besides the train interactions.
  std::function<Archive(const std::string& key, const std::function<void(Archive&)>& compute)>
      shared;
};

}  // namespace cofi
