// Draws that know nothing of users and items. See README.md beside this file.
#include "cofi/random.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice(
        "output", "score", "score|rating",
        "Scores uniform in [0, 1), or ratings with the training ratings' mean and spread."),
};

class RandomModel final : public cofi::Model {
 public:
  explicit RandomModel(const cofi::Params& params) : scores_(params.text("output") == "score") {}

  cofi::Output output() const override {
    return scores_ ? cofi::Output::kScore : cofi::Output::kRating;
  }

  void fit(const cofi::FitContext& context) override {
    // The stream cannot be saved, what it draws can: the key of all draws.
    cofi::Random stream = context.random.stream("draws");
    key_ = static_cast<std::int64_t>(stream.below(std::uint64_t{1} << 62));
    mean_ = context.train.mean();
    double squares = 0;
    for (const float value : context.train.values) squares += (value - mean_) * (value - mean_);
    const auto n = static_cast<double>(std::max<std::size_t>(1, context.train.size()));
    deviation_ = std::sqrt(squares / n);
    low_ = context.scale.low;
    high_ = context.scale.high;
  }

  void predict(const cofi::Query& query, float* out) const override {
    const cofi::Random all(static_cast<std::uint64_t>(key_));
    for (std::size_t n = 0; n < query.size(); ++n) {
      // + 1: ids outside the vocabulary, -1, draw as well.
      cofi::Random pair = all.stream(static_cast<std::uint64_t>(query.users[n] + 1))
                              .stream(static_cast<std::uint64_t>(query.items[n] + 1));
      const double drawn =
          scores_ ? pair.uniform() : std::clamp(mean_ + deviation_ * pair.normal(), low_, high_);
      out[n] = static_cast<float>(drawn);
    }
  }

  void state(cofi::Archive& archive) override {
    archive("key", key_);
    archive("mean", mean_);
    archive("deviation", deviation_);
    archive("scale_low", low_);
    archive("scale_high", high_);
  }

 private:
  bool scores_;
  std::int64_t key_ = 0;
  double mean_ = 0, deviation_ = 0, low_ = 0, high_ = 0;
};

}  // namespace

COFI_PLUGIN(cofi::Model, RandomModel, "random", "1.0.0",
            "Random scores or ratings: what no model should be worse than.", kParams)
