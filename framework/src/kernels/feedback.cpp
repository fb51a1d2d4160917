#include "cofi/kernels/feedback.hpp"

#include <algorithm>

#include "cofi/fit_context.hpp"
#include "cofi/params.hpp"

namespace cofi::kernels {

std::vector<std::string> feedback_names(const Params& params) {
  const std::vector<std::string>& names = params.texts("feedback");
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) throw params.error("feedback", "names '" + *twice + "' twice");
  return names;
}

const Interactions& feedback_set(const FitContext& context, const std::string& model,
                                 const std::string& name) {
  const auto found = context.feedback.find(name);
  if (found != context.feedback.end()) return found->second;
  std::string there = kRated;
  for (const auto& [other, rows] : context.feedback) there += ", " + other;
  throw Error(model, ": feedback: the dataset has no set '", name, "'; there are: ", there);
}

}  // namespace cofi::kernels
