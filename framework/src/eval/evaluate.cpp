#include "eval/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "cofi/ranking.hpp"

#include "eval/predict.hpp"
#include "eval/rank.hpp"

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

namespace {

Score score_of(const NamedMetric& each, View<float> predictions, const Ranking* ranking,
               Output output, double norm, const Interactions& interactions,
               const Trained& trained) {
  Score score;
  score.column = each.column;
  const bool ranks = each.metric->ranking().any();
  if (interactions.size() == 0) {
    score.note = each.column + ": there is nothing to evaluate on";
  } else if (output == Output::kScore && each.metric->needs() == Output::kRating) {
    score.note = each.column + ": the model predicts scores, not ratings";
  } else if (ranks && ranking == nullptr) {
    score.note = each.column + ": there is no model to rank items";
  } else {
    score.value = each.metric->compute({interactions, predictions, trained.scale, trained.mean,
                                        trained.user_counts, trained.item_counts, norm,
                                        ranks ? ranking : nullptr, trained.tags, trained.train});
    if (!std::isfinite(score.value.value)) score.note = each.column + ": not defined here";
  }
  return score;
}

std::vector<Score> scores_in(const Stratum& stratum, const std::vector<NamedMetric>& metrics,
                             View<float> predictions, const Ranking* ranking, Output output,
                             double norm, const Interactions& interactions, const Trained& trained,
                             const ThreadPool& pool) {
  std::vector<Score> scores;
  const auto score = [&](View<float> own, const Ranking* lists, const Interactions& rows) {
    for (const NamedMetric& each : metrics) {
      scores.push_back(score_of(each, own, lists, output, norm, rows, trained));
    }
  };
  if (stratum.users.empty() && stratum.items.empty()) {
    score(predictions, ranking, interactions);
    return scores;
  }
  const std::vector<std::int32_t> rows = rows_of(stratum, interactions);
  std::vector<float> own;
  if (!predictions.empty()) {
    for (const std::int32_t row : rows) own.push_back(predictions[static_cast<std::size_t>(row)]);
  }
  std::optional<Ranking> lists;
  if (ranking != nullptr && !stratum.users.empty()) lists = of_users(*ranking, stratum.users);
  score(own, lists ? &*lists : ranking, interactions.rows(rows, pool));
  return scores;
}

}  // namespace

RankingData ranking_data(const Trained& trained) {
  return {static_cast<std::int32_t>(trained.user_counts.size()),
          trained.item_counts,
          trained.known,
          Random(trained.seed).stream("candidates"),
          trained.communicator,
          trained.names};
}

std::vector<Score> evaluate(View<float> predictions, Output output, double norm,
                            const std::vector<NamedMetric>& metrics,
                            const Interactions& interactions, const Trained& trained) {
  std::vector<Score> scores;
  for (const NamedMetric& each : metrics) {
    scores.push_back(score_of(each, predictions, nullptr, output, norm, interactions, trained));
  }
  return scores;
}

std::vector<Score> evaluate(Model& model, const std::vector<NamedMetric>& metrics,
                            const Interactions& interactions, const Trained& trained,
                            ColdStart rule, const ThreadPool& pool) {
  return evaluate(model, metrics, interactions, {Stratum{}}, trained, rule, pool).front();
}

std::vector<std::vector<Score>> evaluate(Model& model, const std::vector<NamedMetric>& metrics,
                                         const Interactions& interactions,
                                         const std::vector<Stratum>& strata, const Trained& trained,
                                         ColdStart rule, const ThreadPool& pool) {
  const double norm = squared_norm(model, pool);
  const ColdStartGuard guard(model, rule, trained.user_counts, trained.item_counts, trained.fold_in,
                             pool);
  RankingNeeds needs;
  bool rates = false;
  for (const NamedMetric& each : metrics) {
    const RankingNeeds own = each.metric->ranking();
    needs.list = std::max(needs.list, own.list);
    needs.ranks = needs.ranks || own.ranks;
    rates = rates || !own.any();
  }
  std::vector<float> predictions;
  if (rates) {
    predictions = predict_all(model, interactions, pool, trained.communicator, trained.names);
  }
  std::vector<const std::vector<bool>*> filters;  // distinct ones
  std::vector<std::size_t> filter_of;             // [strata]
  for (const Stratum& stratum : strata) {
    const auto same =
        std::find_if(filters.begin(), filters.end(), [&](const std::vector<bool>* other) {
          return other == nullptr ? stratum.items.empty() : *other == stratum.items;
        });
    filter_of.push_back(static_cast<std::size_t>(same - filters.begin()));
    if (same == filters.end()) filters.push_back(stratum.items.empty() ? nullptr : &stratum.items);
  }
  std::vector<Ranking> rankings;
  if (needs.any()) {
    rankings =
        rank(model, interactions, ranking_data(trained), trained.ranking, needs, filters, pool);
  }
  std::vector<std::vector<Score>> scores;
  for (std::size_t n = 0; n < strata.size(); ++n) {
    const Ranking* ranking = needs.any() ? &rankings[filter_of[n]] : nullptr;
    scores.push_back(scores_in(strata[n], metrics, predictions, ranking, model.output(), norm,
                               interactions, trained, pool));
  }
  return scores;
}

}  // namespace cofi::eval
