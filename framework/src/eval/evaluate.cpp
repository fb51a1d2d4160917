#include "eval/evaluate.hpp"

#include <cmath>

#include "eval/predict.hpp"

namespace cofi::eval {

double squared_norm(Model& model, const ThreadPool& pool) {
  double total = 0;
  for (const Parameter& parameter : model.parameters()) {
    // Rows may be padded: contiguous() leaves the padding out.
    const at::Tensor values = parameter.value.detach().cpu().contiguous();
    const float* data = values.data_ptr<float>();
    total += parallel_reduce(
        pool, values.numel(), 1 << 16, 0.0,
        [data](std::int64_t begin, std::int64_t end) {
          double sum = 0;
          for (std::int64_t n = begin; n < end; ++n) sum += double{data[n]} * double{data[n]};
          return sum;
        },
        [](double a, double b) { return a + b; });
  }
  return total;
}

std::vector<Score> evaluate(View<float> predictions, Output output, double norm,
                            const std::vector<NamedMetric>& metrics,
                            const Interactions& interactions, const Trained& trained) {
  std::vector<Score> scores;
  for (const NamedMetric& each : metrics) {
    Score score;
    score.column = each.column;
    if (interactions.size() == 0) {
      score.note = each.column + ": there is nothing to evaluate on";
    } else if (output == Output::kScore && each.metric->needs() == Output::kRating) {
      score.note = each.column + ": the model predicts scores, not ratings";
    } else {
      score.value = each.metric->compute({interactions, predictions, trained.scale, trained.mean,
                                          trained.user_counts, trained.item_counts, norm});
      if (!std::isfinite(score.value.value)) score.note = each.column + ": not defined here";
    }
    scores.push_back(std::move(score));
  }
  return scores;
}

std::vector<Score> evaluate(Model& model, const std::vector<NamedMetric>& metrics,
                            const Interactions& interactions, const Trained& trained,
                            ColdStart rule, const ThreadPool& pool) {
  const double norm = squared_norm(model, pool);
  const ColdStartGuard guard(model, rule, trained.user_counts, trained.item_counts);
  const std::vector<float> predictions = predict_all(model, interactions, pool);
  return evaluate(predictions, model.output(), norm, metrics, interactions, trained);
}

}  // namespace cofi::eval
