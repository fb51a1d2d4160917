// Gibbs sampling of a biased factor model. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/plugin/plugin.hpp"

#include "chain.hpp"
#include "levels.hpp"
#include "samples.hpp"
#include "windows.hpp"

namespace {

using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "10", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::choice("implicit", "none", "none|user|item|both",
                 "Implicit feedback: which items a user rated, which users rated an item."),
    cofi::list_of(cofi::integer("windows", "[]", 1, 1000000000,
                                "Seconds: a bias for each user in each window of these lengths.")),
    cofi::choice("response", "gaussian", "gaussian|probit",
                 "Ratings are normal around the model, or levels between cutpoints (ordered)."),
    cofi::integer("burn_in", "null", 0, 1000000,
                  "Sweeps before samples are kept (a tenth of train.epochs)."),
    cofi::integer("keep", "300", 1, 100000, "Samples to keep, evenly spaced, at most."),
    cofi::real("init_deviation", "0.1", 1e-6, 10, "Standard deviation of initial factors."),
    cofi::late(cofi::choice("predict", "mean", "mean|deviation",
                            "Predictions are the rating's predictive mean, or its deviation.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class BayesianSvd final : public cofi::IterativeModel {
 public:
  explicit BayesianSvd(const cofi::Params& params)
      : factors_(params.integer("factors")),
        implicit_(params.text("implicit")),
        probit_(params.text("response") == "probit"),
        burn_in_(params.has("burn_in") ? params.integer("burn_in") : -1),
        keep_(params.integer("keep")),
        init_deviation_(params.real("init_deviation")),
        deviation_(params.text("predict") == "deviation"),
        clip_(params.boolean("clip")),
        windows_(params.integers("windows")),
        samples_(factors_, implicit("user")) {
    const std::vector<std::int64_t>& lengths = params.integers("windows");
    if (std::set<std::int64_t>(lengths.begin(), lengths.end()).size() < lengths.size()) {
      throw params.error("windows", "has a length twice; each may stand once");
    }
    if (deviation_ && clip_.on()) {
      throw params.error("clip", "has no use with predict: deviation, which is no rating");
    }
  }

  // A deviation is no rating, but something to order items by.
  cofi::Output output() const override {
    return deviation_ ? cofi::Output::kScore : cofi::Output::kRating;
  }
  bool reads_times() const override { return !windows_.empty(); }

  // They decide how long the burn-in is, and which sweeps are kept.
  bool epochs_stand_alone() const override { return false; }

  void begin(const cofi::FitContext& context) override {
    check(context);
    clip_.take(context.scale);
    epochs_ = context.options.epochs;
    burnt_in_ = burn_in_ < 0 ? epochs_ / 10 : burn_in_;
    const std::int64_t kept = std::min(keep_, epochs_ - burnt_in_);
    chain_ = std::make_unique<bayesian::Chain>(
        context,
        bayesian::ChainOptions{factors_, implicit("user"), implicit("item"), init_deviation_}, kept,
        windows_, probit_ ? &levels_ : nullptr);
    samples_.reserve(context.users, context.items, kept, context.random.stream("fold in")());
    if (probit_) cutpoints_.assign(static_cast<std::size_t>(kept * (levels_.size() - 1)), 0);
    keep_sample(0);
  }

  // One sweep of the Gibbs sampler.
  double epoch(std::int64_t n) override {
    const double loss = chain_->sweep(n);
    if (!std::isfinite(loss) || !std::isfinite(chain_->noise())) {
      throw cofi::Error("model/bayesian_svd: the sampler diverged in sweep ", n,
                        "; are there infinite ratings, or of extremely different size?");
    }
    keep_sweep(n);
    return loss;
  }

  void training_state(cofi::Archive& archive) override { chain_->state(archive); }
  void end() override { chain_.reset(); }

  void predict(const cofi::Query& query, float* out) const override {
    std::vector<const float*> windows;
    std::vector<float> values(static_cast<std::size_t>(samples_.count()));
    const double mean = samples_.mean();
    for (std::size_t n = 0; n < query.size(); ++n) {
      const std::int32_t user = query.users[n], item = query.items[n];
      windows.clear();
      if (!windows_.empty() && !query.times.empty() && user >= 0) {
        windows_.find(user, query.times[n], windows);
      }
      if (deviation_ || probit_) {
        samples_.values(user, item, values.data());
        for (const float* window : windows) {
          for (std::size_t s = 0; window != nullptr && s < values.size(); ++s) {
            values[s] += window[s];
          }
        }
        const Moments moments = moments_of(values);
        out[n] = static_cast<float>(deviation_ ? moments.deviation : clip_(moments.mean));
      } else {
        double value = mean + samples_.user_bias(user) + samples_.item_bias(item) +
                       samples_.product(user, item);
        for (const float* window : windows) value += window_mean(window);
        out[n] = static_cast<float>(clip_(value));
      }
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    if (deviation_ || probit_) return cofi::Model::score(users, times, items, out);
    samples_.scores(users, items, out);
    std::vector<const float*> windows;
    for (std::size_t n = 0; n < users.size(); ++n) {
      double term = 0;
      if (!windows_.empty() && !times.empty() && users[n] >= 0) {
        windows_.find(users[n], times[n], windows);
        for (const float* window : windows) term += window_mean(window);
      }
      float* row = out + n * static_cast<std::size_t>(items);
      for (std::int32_t item = 0; item < items; ++item) {
        row[item] = static_cast<float>(clip_(row[item] + term));
      }
    }
  }

  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (probit_) return false;
    samples_.fold_in(rows, pool);
    return true;
  }

  void state(cofi::Archive& archive) override {
    clip_.state(archive);
    samples_.state(archive);
    if (!windows_.empty()) {
      cofi::Archive own = archive.child("windows");
      windows_.state(own);
    }
    if (probit_) {
      levels_.state(archive);
      archive("cutpoints", cutpoints_);
    }
  }

  std::vector<cofi::Parameter> parameters() override { return samples_.parameters(); }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    if (deviation_) return std::nullopt;
    cofi::Explanation why;
    why.add("mean", samples_.mean());
    if (user >= 0) why.add("user bias", samples_.user_bias(user));
    if (item >= 0) why.add("item bias", samples_.item_bias(item));
    if (user >= 0 && item >= 0) why.add("factors", samples_.product(user, item));
    if (probit_) {
      std::vector<float> values(static_cast<std::size_t>(samples_.count()));
      samples_.values(user, item, values.data());
      why.add("levels", moments_of(values).mean - why.sum());
    }
    clip_.explain(why);
    return why;
  }

 private:
  struct Moments {
    double mean, deviation;
  };

  bool implicit(const char* side) const { return implicit_ == "both" || implicit_ == side; }

  void check(const cofi::FitContext& context) const {
    if (context.train.size() == 0) {
      throw cofi::Error("model/bayesian_svd has no training data to learn from");
    }
    if (!windows_.empty() && context.train.times.empty()) {
      throw cofi::Error(
          "model/bayesian_svd has windows of time, and the data has no times; use a dataset with "
          "times, or remove windows");
    }
    if (burn_in_ >= context.options.epochs) {
      throw cofi::Error("model/bayesian_svd: burn_in is ", burn_in_, ", and train.epochs ",
                        context.options.epochs,
                        " leaves no sample to keep; set burn_in below train.epochs");
    }
  }

  // Samples of the sweeps after the burn-in, evenly spaced; until then the last sweep's stands for
  // them.
  void keep_sweep(std::int64_t n) {
    const std::int64_t all = epochs_ - burnt_in_, kept = std::min(keep_, all);
    const std::int64_t after = n - burnt_in_;
    if (after <= 0) return keep_sample(0);
    const std::int64_t before = (after - 1) * kept / all, now = after * kept / all;
    if (now > before) keep_sample(before);
  }

  void keep_sample(std::int64_t at) {
    samples_.keep(at, chain_->mean(), chain_->noise(), chain_->users(), chain_->items());
    windows_.keep(at);
    if (probit_) {
      std::copy(levels_.cutpoints().begin(), levels_.cutpoints().end(),
                cutpoints_.begin() + at * (levels_.size() - 1));
    }
  }

  // Of a rating's predictive distribution, from each sample's value.
  Moments moments_of(const std::vector<float>& values) const {
    double mean = 0, square = 0;
    for (std::size_t s = 0; s < values.size(); ++s) {
      const float deviation = samples_.deviation(static_cast<std::int64_t>(s));
      if (probit_) {
        const auto at = static_cast<std::int64_t>(s) * (levels_.size() - 1);
        const auto moments = levels_.moments(values[s], deviation, cutpoints_.data() + at);
        mean += moments.mean;
        square += moments.square;
      } else {
        mean += values[s];
        square += double{values[s]} * values[s] + double{deviation} * deviation;
      }
    }
    const auto count = static_cast<double>(values.size());
    mean /= count;
    return {mean, std::sqrt(std::max(square / count - mean * mean, 0.0))};
  }

  double window_mean(const float* samples) const {
    if (samples == nullptr) return 0;
    return std::accumulate(samples, samples + samples_.count(), 0.0) /
           static_cast<double>(samples_.count());
  }

  std::int64_t factors_;
  std::string implicit_;
  bool probit_;
  std::int64_t burn_in_, keep_;
  double init_deviation_;
  bool deviation_;
  cofi::Clipping clip_;

  bayesian::Windows windows_;
  bayesian::Levels levels_;
  bayesian::Samples samples_;
  std::vector<float> cutpoints_;  // [samples x levels - 1]

  // Training only.
  std::int64_t epochs_ = 0, burnt_in_ = 0;
  std::unique_ptr<bayesian::Chain> chain_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, BayesianSvd, "bayesian_svd", "1.0.0",
            "Biased factors sampled by Gibbs' method, with implicit feedback and windows of time.",
            kParams)
