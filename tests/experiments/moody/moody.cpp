// A model that does what a test asks of it: predicts the mean plus its shift, or fails in the ways
// that models fail. Each fit adds a line to its log.
#include <ATen/ops/zeros.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("mood", "good", "good|throw|abort|abort_once|scores|diverge|talk",
                 "What the fit does; abort_once: only while the log is empty."),
    cofi::text("log", "null", "The file that each fit adds a line to."),
    cofi::integer("bulk", "0", 0, 100000000, "Values of a table that is saved along."),
    cofi::late(cofi::choice("mishap", "none", "none|throw|abort", "What predictions do.")),
    cofi::late(cofi::real("shift", "0", -10, 10, "What predictions add to the mean.")),
};

class Moody final : public cofi::Model {
 public:
  explicit Moody(const cofi::Params& params)
      : mood_(params.text("mood")),
        mishap_(params.text("mishap")),
        log_(params.has("log") ? params.text("log") : ""),
        bulk_(at::zeros({params.integer("bulk")})),
        shift_(params.real("shift")) {}

  cofi::Output output() const override {
    return mood_ == "scores" ? cofi::Output::kScore : cofi::Output::kRating;
  }

  void fit(const cofi::FitContext& context) override {
    const bool first = log_.empty() || !std::ifstream(log_).good();
    if (!log_.empty()) std::ofstream(log_, std::ios::app) << "fit\n";
    if (mood_ == "throw") throw cofi::Error("moody: not today");
    if (mood_ == "abort" || (mood_ == "abort_once" && first)) std::abort();
    if (mood_ == "talk") std::cout << "training\n" << std::flush;
    mean_ = context.train.mean();
    if (mood_ == "diverge") mean_ = std::numeric_limits<double>::infinity();
  }
  void predict(const cofi::Query& query, float* out) const override {
    if (mishap_ == "throw") throw cofi::Error("moody: no predictions");
    if (mishap_ == "abort") std::abort();
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = static_cast<float>(mean_ + shift_);
  }
  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("bulk", bulk_);
  }

 private:
  std::string mood_, mishap_, log_;
  at::Tensor bulk_;
  double shift_, mean_ = 0;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Moody, "moody", "1.0.0", "Does what a test asks of it.", kParams)
