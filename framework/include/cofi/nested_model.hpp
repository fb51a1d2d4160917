// A model within another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/params.hpp"
#include "cofi/train_options.hpp"

namespace cofi {

struct FitContext;

// A parameter of the kind "model", with the optimizer and train options that it has of its own in
// the spec; without them its owner's count.
struct COFI_API NestedModel {
  std::string name;  // its key in a map, its plugin's name elsewhere
  std::unique_ptr<Model> model;
  std::function<std::unique_ptr<Model>()> another;  // builds one more of it
  std::shared_ptr<const Optimizer> optimizer;
  std::shared_ptr<const TrainOptions> train;
  bool fitted = false;

  // Fits it (a new one from the second time on: a model is fitted once), in its owner's fit: on a
  // random stream of its own, on `train` (the owner's training interactions, or a part of them that
  // `part` names: work that is shared between cells is shared between fits on the same part).
  // Progress and requests to stop are the owner's; there are no checkpoints and no validation.
  void fit(const FitContext& owner, const Interactions& train, const std::string& part);
};

// The nested models of a parameter, in the spec's order. Ownership passes to the caller, once.
COFI_API std::vector<NestedModel> take_models(const Params& params, const std::string& parameter);

}  // namespace cofi
