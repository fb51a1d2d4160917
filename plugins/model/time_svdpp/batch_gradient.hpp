// Predictions of a batch for autograd, and the fused gradient of its loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/sparse_rows.hpp"

#include "tables.hpp"
#include "time_features.hpp"

namespace time_svdpp {

// Predictions [n], differentiable. tables: by Part, undefined where the model has no such part.
at::Tensor forward(const std::vector<at::Tensor>& tables, double mean, const TimeFeatures& times,
                   const cofi::SparseRows& rated, const cofi::Batch& batch);

// GradientModel::gradient: adds to out's gradients, of which that of a part is the places[part]-th,
// and returns the losses' sum. Memory: two rows of factors a rating of the batch.
double add_gradient(const Tables& tables, const TimeFeatures& times, const cofi::SparseRows& rated,
                    const cofi::Batch& batch, const std::vector<std::int64_t>& places,
                    cofi::RowGradients& out);

}  // namespace time_svdpp
