// What every plugin of a kind must do, asked of one plugin. Each function takes a factory that
// makes a fresh object at each call, asks everything, and says of each question how it went: an
// exception is a finding, too. Nothing here needs a test framework; catch2.hpp hands findings to
// Catch2.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/dataset.hpp"
#include "cofi/metric.hpp"
#include "cofi/model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/splitter.hpp"
#include "cofi/testing/finding.hpp"
#include "cofi/testing/toy_context.hpp"

namespace cofi::testing {

template <class Interface>
using Factory = std::function<std::unique_ptr<Interface>()>;

struct Interval {
  double low = 0, high = 0;  // inclusive
};

struct ModelCheck {
  // Where the root mean squared error on additive_toy must lie after a fit: by default, for rating
  // models, at most three quarters of what predicting the mean gets on the training rows.
  std::optional<Interval> train_rmse = std::nullopt, test_rmse = std::nullopt;
  // For score models: the least probability that an interaction of implicit_toy scores above what
  // the user has not interacted with (area under the ROC curve over all users' pairs).
  double train_auc = 0.6;
  ToyOptions fit = {};
  // Autograd and the analytic gradient differ by rounding: the largest difference of a parameter's
  // gradient over its largest entry.
  double gradient_tolerance = 1e-4;
};
COFI_API Findings check_model(const Factory<Model>& make, const ModelCheck& options = {},
                              const Watch& watch = {});

struct DatasetCheck {
  SearchPath paths = {};  // where relative paths of its parameters are looked for
};
COFI_API Findings check_dataset(const Factory<Dataset>& make, const DatasetCheck& options = {},
                                const Watch& watch = {});

struct SplitterCheck {
  const Data* data = nullptr;  // what to divide; additive_toy's by default
  SearchPath paths = {};
  std::int64_t folds = 10;  // at most so many are looked at
};
COFI_API Findings check_splitter(const Factory<Splitter>& make, const SplitterCheck& options = {},
                                 const Watch& watch = {});

COFI_API Findings check_optimizer(const Factory<Optimizer>& make, const Watch& watch = {});

COFI_API Findings check_metric(const Factory<Metric>& make, const Watch& watch = {});

// In a world of one.
COFI_API Findings check_backend(const Factory<Backend>& make, const Watch& watch = {});

}  // namespace cofi::testing
