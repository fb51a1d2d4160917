#include "cofi/iterative_model.hpp"

#include "train/training_loop.hpp"

namespace cofi {

void IterativeModel::fit(const FitContext& context) { train::TrainingLoop(*this, context).run(); }

void IterativeModel::training_state(Archive&) {}
void IterativeModel::scale_learning_rate(double) {}

}  // namespace cofi
