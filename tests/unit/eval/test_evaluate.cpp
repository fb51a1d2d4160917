#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <vector>

#include "eval/evaluate.hpp"
#include "table_model.hpp"

namespace {

// Says what it is given: the mean prediction.
class MeanPrediction final : public cofi::Metric {
 public:
  bool higher_is_better() const override { return true; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    double sum = 0;
    for (const float each : context.predictions) sum += each;
    cofi::MetricValue value;
    value.value = sum / static_cast<double>(context.predictions.size());
    return value;
  }
};

class Norm final : public cofi::Metric {
 public:
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    cofi::MetricValue value;
    value.value = context.squared_norm;
    return value;
  }
};

}  // namespace

TEST_CASE("Metrics of a model on some interactions") {
  const cofi::ThreadPool pool(2);
  cofi::test::TableModel model({1, 100, 4}, {2, 3});
  const std::vector<std::int64_t> users = {1, 0, 1}, items = {1, 1};
  const cofi::eval::Trained trained{{1, 5}, 3, users, items};
  const std::vector<cofi::eval::NamedMetric> metrics = {
      {"mean", std::make_shared<MeanPrediction>()}, {"norm", std::make_shared<Norm>()}};
  cofi::Interactions rows;
  rows.users = std::vector<std::int32_t>{0, 1};
  rows.items = std::vector<std::int32_t>{0, 1};
  rows.values = std::vector<float>{1, 1};

  SECTION("cold start reaches the predictions, and never the norm of the parameters") {
    const auto scores =
        cofi::eval::evaluate(model, metrics, rows, trained, cofi::eval::ColdStart::kAverage, pool);
    CHECK(scores[0].column == "mean");
    CHECK(scores[0].value.value == (1 * 2 + 2.5 * 3) / 2);  // user 1 stands as (1 + 4) / 2
    CHECK(scores[1].value.value == 1 + 10'000 + 16 + 4 + 9);
    CHECK(model.user_rows.data_ptr<float>()[1] == 100);
  }
  SECTION("the model's own rule") {
    const auto scores =
        cofi::eval::evaluate(model, metrics, rows, trained, cofi::eval::ColdStart::kModel, pool);
    CHECK(scores[0].value.value == (2 + 300) / 2.0);
  }
  SECTION("a rating metric on scores is empty, with the reason") {
    const auto scores = cofi::eval::evaluate(std::vector<float>{1, 2}, cofi::Output::kScore, 0,
                                             metrics, rows, trained);
    CHECK(std::isnan(scores[0].value.value));
    CHECK(scores[0].note == "mean: the model predicts scores, not ratings");
  }
  SECTION("so is any metric where there is nothing to evaluate on") {
    const auto scores =
        cofi::eval::evaluate(model, metrics, {}, trained, cofi::eval::ColdStart::kAverage, pool);
    CHECK(std::isnan(scores[0].value.value));
    CHECK(scores[0].note == "mean: there is nothing to evaluate on");
  }
}
