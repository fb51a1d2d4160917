// The objective that regularized matrix factorization minimizes, on the evaluated rows
// (Koren, Bell and Volinsky 2009).
#include <limits>

#include "cofi/metric.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::real("lambda", "0.02", 0, std::numeric_limits<double>::max(),
               "Weight of the sum of squares of the model's parameters."),
};

class RegularizedError final : public cofi::Metric {
 public:
  explicit RegularizedError(const cofi::Params& params) : lambda_(params.real("lambda")) {}
  bool higher_is_better() const override { return false; }
  cofi::MetricValue compute(const cofi::EvalContext& context) const override {
    const std::size_t n = context.interactions.size();
    cofi::MetricValue error;
    if (n == 0) return error;
    double sum = 0;
    for (std::size_t row = 0; row < n; ++row) {
      const double e = double{context.predictions[row]} - context.interactions.values[row];
      sum += e * e;
    }
    error.value = sum + lambda_ * context.squared_norm;
    return error;
  }

 private:
  double lambda_;
};

}  // namespace

COFI_PLUGIN(cofi::Metric, RegularizedError, "regularized_error", "1.0.0",
            "Sum of squared errors plus lambda times the parameters' squared norm.", kParams)
