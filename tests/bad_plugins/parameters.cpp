#include <string>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("count", nullptr, 1, 10, "An integer that must be given."),
    cofi::real("rate", "0.5", 0, 1, "A real."),
    cofi::boolean("flag", "true", "A bool."),
    cofi::text("title", "plain", "A text."),
    cofi::choice("mode", "slow", "slow|fast", "One of two."),
    cofi::integer("maybe", "null", 0, 9, "An integer or nothing."),
    cofi::late(cofi::list_of(cofi::integer("at", "[5, 10]", 1, 100, "A list of integers."))),
    cofi::nested("one", "null", "metric", "A metric or nothing."),
    cofi::list_of(cofi::nested("several", "[]", "metric", "Metrics.")),
    cofi::map_of(cofi::nested("named", "{}", "metric", "Metrics by name.")),
};

// Its value is what it was given, added up, so that a test sees that all of it arrived.
class Parameters final : public cofi::Metric {
 public:
  explicit Parameters(const cofi::Params& params)
      : sum_(static_cast<double>(params.integer("count")) + params.real("rate")) {
    if (params.boolean("flag")) sum_ += 1000;
    if (params.text("mode") == "fast") sum_ += 2000;
    if (params.has("maybe")) sum_ += 100 * static_cast<double>(params.integer("maybe"));
    for (const std::int64_t k : params.integers("at")) sum_ += static_cast<double>(k);
    std::vector<std::pair<std::string, std::unique_ptr<cofi::Metric>>> inner;
    if (auto one = params.take<cofi::Metric>("one")) inner.emplace_back("one", std::move(one));
    for (auto& each : params.take_all<cofi::Metric>("several")) inner.push_back(std::move(each));
    for (auto& each : params.take_all<cofi::Metric>("named")) inner.push_back(std::move(each));
    for (const auto& [name, metric] : inner) {
      names_.push_back(static_cast<double>(name.size()));
      if (metric->higher_is_better()) sum_ += 10000;
    }
  }
  bool higher_is_better() const override { return true; }
  cofi::MetricValue compute(const cofi::EvalContext&) const override { return {sum_, {}, names_}; }

 private:
  double sum_;
  std::vector<double> names_;  // the lengths of the nested plugins' names, in order
};

}  // namespace

COFI_PLUGIN(cofi::Metric, Parameters, "parameters", "1.0.0", "Has every type of row.", kParams)
