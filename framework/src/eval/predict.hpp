// A model's predictions for many interactions.
#pragma once

#include <vector>

#include "cofi/communicator.hpp"
#include "cofi/error.hpp"
#include "cofi/interactions.hpp"
#include "cofi/model.hpp"
#include "cofi/parallel.hpp"

#include "eval/names.hpp"

namespace cofi::eval {

// [n] predictions, asked for in fixed blocks of rows by all threads. An Error where one is not
// finite: a model that diverged has no error to report.
COFI_API std::vector<float> predict_all(const Model& model, const Interactions& interactions,
                                        const ThreadPool& pool,
                                        Communicator* communicator = nullptr,
                                        const Names& names = {});

}  // namespace cofi::eval
