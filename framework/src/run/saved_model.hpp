// Models as files of a run's folder.
#pragma once

#include <memory>
#include <string>

#include "cofi/archive.hpp"
#include "cofi/model.hpp"

#include "run/plan.hpp"

namespace cofi::run {

// The model's state and, under "cofi.", what it is: plugin, parameters (JSON text), vocabularies'
// SHA-256 (user_ids, item_ids) and the training interactions of each user and item.
Archive saved(Model& model, const PlannedRow& row, const Fold& fold);

// A model of the row with that state.
std::unique_ptr<Model> loaded(const Archive& archive, const PlannedRow& row,
                              const plugin::Registry& registry);

// "models/svd-1f0c.pt": the fit's key tells apart what the name does not.
std::string model_file(const PlannedRow& row, const std::string& fit);

}  // namespace cofi::run
