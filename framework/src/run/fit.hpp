// Fitting the model of one cell.
#pragma once

#include <functional>
#include <memory>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/progress.hpp"

#include "run/plan.hpp"
#include "run/shared_work.hpp"

namespace cofi::run {

// Builds the cell's model and hands it to `work` with its context: the model's fit, or its begin()
// alone. The context ends with the call.
std::unique_ptr<Model> with_context(const PlannedRow& row, const Fold& fold, std::uint64_t seed,
                                    const Workshop& workshop, SharedWork& shared, Monitor& monitor,
                                    const std::function<void(Model&, const FitContext&)>& work);

}  // namespace cofi::run
