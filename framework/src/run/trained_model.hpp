// A run's saved model with its data, ready to be asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/model.hpp"

#include "eval/cold_start.hpp"
#include "run/plan.hpp"
#include "run/workshop.hpp"

namespace cofi::run {

// Which of a run's models.
struct ModelChoice {
  std::string folder;                // the run's
  std::string model;                 // its key in the spec ("svd"), or a setting's name
                                     // ("svd, factors 10"); empty where the run has one
  std::optional<std::int64_t> fold;  // the first that there is
};

class TrainedModel {
 public:
  // An Error where the choice names none of the run's saved models, or several.
  TrainedModel(const ModelChoice& choice, const plugin::Registry& registry);

  // As evaluation sees it: with the spec's rule for users and items without training data.
  const Model& model() const { return *model_; }
  const Data& data() const { return source_->data; }
  const Fold& fold() const { return *fold_; }
  const ThreadPool& pool() const { return open_->workshop.pool; }
  const std::string& name() const { return name_; }  // "svd, factors 10, fold 1"

  // Dense ids of external ones; an Error names the nearest there are.
  std::int32_t user(const std::string& external) const;
  std::int32_t item(const std::string& external) const;
  // The item's title; empty where the data has none.
  std::string title(std::int32_t item) const;

 private:
  std::unique_ptr<OpenWorkshop> open_;
  std::shared_ptr<const Source> source_;
  std::shared_ptr<const Fold> fold_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<eval::ColdStartGuard> cold_start_;
  std::string name_;
};

}  // namespace cofi::run
