// A model's metrics on some interactions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/data.hpp"
#include "cofi/interactions.hpp"
#include "cofi/metric.hpp"
#include "cofi/model.hpp"
#include "cofi/parallel.hpp"

#include "eval/candidates.hpp"
#include "eval/cold_start.hpp"
#include "eval/names.hpp"
#include "eval/strata.hpp"

namespace cofi::eval {

// A metric of the spec and the column that it fills.
struct NamedMetric {
  std::string column;
  std::shared_ptr<const Metric> metric;
};

struct Score {
  std::string column;
  MetricValue value;  // NaN where it is not defined
  std::string note;   // why there is no value; else empty
};

// What of a fold evaluation needs besides the interactions.
struct Trained {
  RatingScale scale;
  double mean = 0;                              // of the training values
  View<std::int64_t> user_counts, item_counts;  // training interactions of each
  RankingOptions ranking = {};
  // What exclude_train leaves out of a user's candidates: train and fold-in rows, and validation
  // where test is evaluated.
  std::vector<const Interactions*> known = {};
  const Interactions* train = nullptr;
  const Interactions* fold_in = nullptr;     // of users unseen in training, if any
  View<std::vector<std::string>> tags = {};  // [items], or empty
  std::uint64_t seed = 0;                    // of sampled candidates
  Communicator* communicator = nullptr;      // whose ranks share the users; null: there is one
  Names names = {};
};

struct RankingData;
// What ranking needs of it (eval/rank.hpp).
RankingData ranking_data(const Trained& trained);

// The metrics of the model's predictions, under the cold start rule; in the order given.
COFI_API std::vector<Score> evaluate(Model& model, const std::vector<NamedMetric>& metrics,
                                     const Interactions& interactions, const Trained& trained,
                                     ColdStart rule, const ThreadPool& pool);

// The same of each stratum: [strata][metrics]. Metrics of predictions take the stratum's rows,
// metrics of lists the lists of its users, where only its items are relevant. (So a metric that
// looks at the lists alone is of all lists in a stratum of items.) Items are ranked once.
COFI_API std::vector<std::vector<Score>> evaluate(Model& model,
                                                  const std::vector<NamedMetric>& metrics,
                                                  const Interactions& interactions,
                                                  const std::vector<Stratum>& strata,
                                                  const Trained& trained, ColdStart rule,
                                                  const ThreadPool& pool);

// The metrics of given predictions, those of lists left out: of values without their noise, for the
// best possible error.
COFI_API std::vector<Score> evaluate(View<float> predictions, Output output, double squared_norm,
                                     const std::vector<NamedMetric>& metrics,
                                     const Interactions& interactions, const Trained& trained);

// The sum of squares of the model's parameters, in double and in a fixed order; 0 without any.
COFI_API double squared_norm(Model& model, const ThreadPool& pool);

}  // namespace cofi::eval
