// The best candidates of every evaluated user with their scores, for others to read.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/ranking.hpp"

#include "eval/evaluate.hpp"

namespace cofi::eval {

struct BestLists {
  Ranking ranking;
  // [m x length] like ranking.lists: the model's predictions, descending without ties. Where a list
  // has equal ones, each is lower than the one before it by the smallest step of a float, so that
  // every reader of the scores has the list's order.
  std::vector<float> scores;
};

// The lists that evaluate() measures, of so many items.
COFI_API BestLists best_lists(Model& model, const Interactions& part, const Trained& trained,
                              ColdStart rule, std::int64_t length, const ThreadPool& pool);

}  // namespace cofi::eval
