#include "run/ranking.hpp"

#include <algorithm>
#include <utility>

namespace cofi::run {
namespace {

eval::RankingOptions options_of(const spec::Json& evaluate) {
  const spec::Json& candidates = evaluate.at("candidates");
  const std::string use = candidates.at("use").get<std::string>();
  eval::RankingOptions options;
  options.exclude_train = evaluate.at("exclude_train").get<bool>();
  if (!evaluate.at("relevance").is_null()) {
    options.relevance = evaluate.at("relevance").get<double>();
  }
  if (use == "test") options.candidates = eval::RankingOptions::Candidates::kTest;
  if (use == "sampled") {
    options.candidates = eval::RankingOptions::Candidates::kSampled;
    options.sampled = candidates.at("n").get<std::int64_t>();
    options.by_popularity = candidates.at("by") == "popularity";
  }
  return options;
}

}  // namespace

eval::Trained trained_for(const PlannedRow& row, const Fold& fold, const std::string& part) {
  eval::Trained trained = fold.trained();
  trained.ranking = options_of(row.row->evaluate);
  trained.train = &fold.train;
  trained.fold_in = &fold.fold_in;
  if (part != "train") {
    trained.known.push_back(&fold.train);
    trained.known.push_back(&fold.fold_in);
  }
  if (part == "test") trained.known.push_back(&fold.validation);
  trained.tags = fold.source->data.tags;
  trained.seed = static_cast<std::uint64_t>(row.row->seed);
  return trained;
}

std::vector<eval::Stratum> strata_of(const PlannedRow& row, const Fold& fold) {
  std::vector<eval::Stratum> all;
  for (const spec::Json& strata : row.row->evaluate.at("strata")) {
    for (eval::Stratum& each :
         eval::make_strata(strata.get<std::string>(), fold.user_counts, fold.item_counts)) {
      all.push_back(std::move(each));
    }
  }
  return all;
}

bool ranks_items(const PlannedRow& row) {
  return std::any_of(row.metrics.begin(), row.metrics.end(),
                     [](const eval::NamedMetric& each) { return each.metric->ranking().any(); });
}

spec::Json ranking_key(const PlannedRow& row) {
  const spec::Json& evaluate = row.row->evaluate;
  spec::Json key = {evaluate.at("candidates"), evaluate.at("exclude_train"),
                    evaluate.at("relevance")};
  if (evaluate.at("candidates").at("use") == "sampled") key.push_back(row.row->seed);
  return key;
}

std::string describe_candidates(const PlannedRow& row) {
  const spec::Json& candidates = row.row->evaluate.at("candidates");
  std::string text = candidates.at("use").get<std::string>();
  if (text == "sampled") {
    text += " " + candidates.at("n").dump() + " by " + candidates.at("by").get<std::string>();
  }
  return text;
}

void check_ranking(const PlannedRow& row, const Fold& fold, std::int64_t k) {
  bool ranks = false;
  for (const eval::NamedMetric& each : row.metrics) {
    const RankingNeeds needs = each.metric->ranking();
    ranks = ranks || needs.any();
    if (needs.tags && fold.source->data.tags.empty()) {
      throw Error("metrics: ", each.column, " needs the items' tags (genres, ...), and dataset/",
                  row.row->dataset_spec.at("use").get<std::string>(), " found none; leave it out");
    }
  }
  const spec::Json& relevance = row.row->evaluate.at("relevance");
  if (!ranks || relevance.is_null()) return;
  for (const std::string& part : row.parts) {
    const Interactions& rows = fold.part(part);
    if (rows.size() == 0) continue;
    const float highest = *std::max_element(rows.values.begin(), rows.values.end());
    if (highest >= relevance.get<float>()) continue;
    throw Error("evaluate.relevance: ", relevance.dump(), " leaves nothing relevant: the highest ",
                part, " value of fold ", k, " is ", highest, "; lower it");
  }
}

}  // namespace cofi::run
