// What the measures of similarity are taken of. See README.md beside this file.
#pragma once

#include <string>

#include "cofi/kernels/biases.hpp"
#include "cofi/sparse_rows.hpp"

namespace knn {

// Replaces each value in place, row by row (rows are compared, columns are what they have in
// common). `values` names how: "raw" (as they are), "row_mean" (minus the row's mean),
// "column_mean" (minus the column's), "baseline" (minus mean + b_row + b_column), "ranks" (1 for
// the row's lowest value, equal ones share the mean of their ranks), "centered_ranks" (minus their
// mean).
void take_values(const std::string& values, const cofi::kernels::Biases& row_column_biases,
                 cofi::SparseRows& rows);

// Times sqrt(log(rows / length of the column)): inverse user frequency (Breese et al. 1998).
void weigh_columns(cofi::SparseRows& rows, std::int32_t columns);

}  // namespace knn
