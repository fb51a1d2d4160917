// Gibbs sampling of a biased factor model. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/plugin/plugin.hpp"

#include "levels.hpp"
#include "normal.hpp"
#include "samples.hpp"
#include "side.hpp"
#include "windows.hpp"

namespace {

using bayesian::Ratings;
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

// The users' ratings, each user's in the order of `rows` (positions ascend), and the items'.
Ratings by_user(const cofi::Interactions& train, const cofi::Grouping& rows) {
  Ratings ratings{rows.starts, {}, {}};
  for (const std::int32_t row : rows.rows) {
    ratings.ids.push_back(train.items[static_cast<std::size_t>(row)]);
    ratings.positions.push_back(static_cast<std::int32_t>(ratings.positions.size()));
  }
  return ratings;
}

Ratings by_item(const Ratings& users, std::int32_t items) {
  cofi::Grouping grouped = cofi::group_by(users.ids, items);
  std::vector<std::int32_t> who(users.ids.size());
  for (std::int32_t user = 0; user < users.size(); ++user) {
    const auto first = who.begin() + users.starts[static_cast<std::size_t>(user)];
    std::fill(first, first + users.count(user), user);
  }
  Ratings ratings{std::move(grouped.starts), {}, std::move(grouped.rows)};
  for (const std::int32_t position : ratings.positions) {
    ratings.ids.push_back(who[static_cast<std::size_t>(position)]);
  }
  return ratings;
}

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
        samples_(factors_, implicit_ == "user" || implicit_ == "both") {
    const std::vector<std::int64_t>& lengths = params.integers("windows");
    if (std::set<std::int64_t>(lengths.begin(), lengths.end()).size() < lengths.size()) {
      throw params.error("windows", "has a length twice; each may stand once");
    }
    if (deviation_ && clip_) {
      throw params.error("clip", "has no use with predict: deviation, which is no rating");
    }
  }

  // A deviation is no rating, but something to order items by.
  cofi::Output output() const override {
    return deviation_ ? cofi::Output::kScore : cofi::Output::kRating;
  }
  bool reads_times() const override { return !windows_.empty(); }

  void begin(const cofi::FitContext& context) override {
    check(context);
    pool_ = &context.pool;
    const cofi::Interactions& train = context.train;
    low_ = context.scale.low;
    high_ = context.scale.high;
    epochs_ = context.options.epochs;
    burnt_in_ = burn_in_ < 0 ? epochs_ / 10 : burn_in_;

    cofi::Grouping rows = cofi::group_by(train.users, context.users);
    if (!windows_.empty()) sort_by_time(train, rows);
    users_of_ = by_user(train, rows);
    items_of_ = by_item(users_of_, context.items);
    values_.clear();
    for (const std::int32_t row : rows.rows) {
      values_.push_back(train.values[static_cast<std::size_t>(row)]);
    }
    targets_ = values_;
    errors_.resize(values_.size());
    mean_ = train.mean();
    double squares = 0;
    for (const float value : values_) squares += (value - mean_) * (value - mean_);
    noise_ = (1 + static_cast<double>(values_.size())) / (1 + squares);

    const std::int64_t kept = std::min(keep_, epochs_ - burnt_in_);
    if (probit_) {
      levels_.prepare(values_);
      noise_ = levels_.initial_noise();
      cutpoints_.assign(static_cast<std::size_t>(kept * (levels_.size() - 1)), 0);
    }
    if (!windows_.empty()) {
      std::vector<std::int64_t> times;
      for (const std::int32_t row : rows.rows) {
        times.push_back(train.times[static_cast<std::size_t>(row)]);
      }
      windows_.prepare(users_of_.starts, times, kept);
    }
    random_ = context.random.stream("gibbs");
    const bool users = implicit_ == "user" || implicit_ == "both";
    const bool items = implicit_ == "item" || implicit_ == "both";
    sides_ = std::make_unique<Sides>(
        Sides{{users_of_, items_of_, factors_, users}, {items_of_, users_of_, factors_, items}});
    sides_->users.initialize(init_deviation_, random_.stream("users"), context.pool);
    sides_->items.initialize(init_deviation_, random_.stream("items"), context.pool);
    samples_.reserve(context.users, context.items, kept, context.random.stream("fold in")());
    keep_sample(0);
  }

  // One sweep of the Gibbs sampler.
  double epoch(std::int64_t n) override {
    const cofi::Random random = random_.stream(static_cast<std::uint64_t>(n));
    if (probit_) draw_latent(random.stream("levels"));
    if (!windows_.empty()) {
      windows_.subtract(users_of_.starts, values_.data(), *pool_, targets_.data());
    } else if (probit_) {
      targets_ = values_;
    }
    const cofi::Random of_users = random.stream("users"), of_items = random.stream("items");
    sides_->items.draw(sides_->users, {targets_.data(), mean_, noise_, of_items, *pool_});
    sides_->users.draw(sides_->items, {targets_.data(), mean_, noise_, of_users, *pool_});
    find_errors(targets_.data(), errors_.data());
    if (!windows_.empty()) {
      windows_.draw(users_of_.starts, noise_, random.stream("windows"), *pool_, errors_.data());
    }
    const double loss = draw_mean_and_noise(random.stream("noise"));
    if (!std::isfinite(loss) || !std::isfinite(noise_)) {
      throw cofi::Error("model/bayesian_svd: the sampler diverged in sweep ", n,
                        "; are there infinite ratings, or of extremely different size?");
    }
    keep_sweep(n);
    return loss;
  }

  void end() override {
    sides_.reset();
    for (auto* all : {&values_, &targets_, &errors_}) *all = {};
    users_of_ = items_of_ = {};
  }

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
        out[n] = static_cast<float>(deviation_ ? moments.deviation : clipped(moments.mean));
      } else {
        double value = mean + samples_.user_bias(user) + samples_.item_bias(item) +
                       samples_.product(user, item);
        for (const float* window : windows) value += window_mean(window);
        out[n] = static_cast<float>(clipped(value));
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
        row[item] = static_cast<float>(clipped(row[item] + term));
      }
    }
  }

  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (probit_) return false;
    samples_.fold_in(rows, pool);
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("scale_low", low_);
    archive("scale_high", high_);
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

  void training_state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("noise", noise_);
    cofi::Archive users = archive.child("users"), items = archive.child("items");
    sides_->users.state(users, *pool_);
    sides_->items.state(items, *pool_);
    windows_.training_state(archive);
    if (probit_) levels_.training_state(archive);
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
    if (clip_) why.add("clipping", clipped(why.sum()) - why.sum());
    return why;
  }

 private:
  struct Sides {
    bayesian::Side users, items;
  };
  struct Moments {
    double mean, deviation;
  };

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

  static void sort_by_time(const cofi::Interactions& train, cofi::Grouping& rows) {
    for (std::size_t user = 0; user + 1 < rows.starts.size(); ++user) {
      std::stable_sort(rows.rows.begin() + rows.starts[user],
                       rows.rows.begin() + rows.starts[user + 1],
                       [&](std::int32_t a, std::int32_t b) {
                         return train.times[static_cast<std::size_t>(a)] <
                                train.times[static_cast<std::size_t>(b)];
                       });
    }
  }

  // errors[n] = targets[n] - the model's value without windows
  void find_errors(const float* targets, float* errors) const {
    constexpr std::int64_t kGrain = 16;
    const auto &rows = sides_->users.rows(), &items = sides_->items.rows();
    const auto& features = sides_->items.features();
    cofi::parallel_for(*pool_, users_of_.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t user = begin; user < end; ++user) {
        std::int64_t n = users_of_.starts[static_cast<std::size_t>(user)];
        for (const std::int32_t item : users_of_.row(user)) {
          const float value = cofi::kernels::dot(rows.row(user), features.row(item), rows.stride) +
                              items.row(item)[factors_] + static_cast<float>(mean_);
          errors[n] = targets[n] - value;
          ++n;
        }
      }
    });
  }

  // values_ become latent values given the ratings' levels.
  void draw_latent(const cofi::Random& random) {
    std::fill(values_.begin(), values_.end(), 0.0F);
    windows_.subtract(users_of_.starts, values_.data(), *pool_, targets_.data());
    find_errors(targets_.data(), errors_.data());
    for (float& error : errors_) error = -error;
    levels_.draw(errors_.data(), noise_, random, *pool_, values_.data());
  }

  // Draws the mean (flat prior) and the noise (precision from Gamma(1/2, 1/2)) given the errors;
  // returns their mean square before.
  double draw_mean_and_noise(cofi::Random random) {
    struct Sums {
      double errors = 0, squares = 0;
    };
    constexpr std::int64_t kGrain = 4096;
    const auto n = static_cast<std::int64_t>(errors_.size());
    const auto count = static_cast<double>(n);
    const Sums sums = cofi::parallel_reduce(
        *pool_, n, kGrain, Sums(),
        [&](std::int64_t begin, std::int64_t end) {
          Sums part;
          for (std::int64_t k = begin; k < end; ++k) {
            const double error = errors_[static_cast<std::size_t>(k)];
            part.errors += error;
            part.squares += error * error;
          }
          return part;
        },
        [](const Sums& a, const Sums& b) {
          return Sums{a.errors + b.errors, a.squares + b.squares};
        });
    const double change = sums.errors / count + random.normal() / std::sqrt(count * noise_);
    mean_ += change;
    const double squares = sums.squares - 2 * change * sums.errors + count * change * change;
    if (!probit_ || !levels_.binary()) {
      noise_ = bayesian::draw_gamma(random, (1 + count) / 2) / ((1 + squares) / 2);
    }
    return sums.squares / count;
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
    samples_.keep(at, mean_, noise_, sides_->users, sides_->items);
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

  double clipped(double value) const { return clip_ ? std::clamp(value, low_, high_) : value; }

  std::int64_t factors_;
  std::string implicit_;
  bool probit_;
  std::int64_t burn_in_, keep_;
  double init_deviation_;
  bool deviation_, clip_;

  double low_ = 0, high_ = 0;
  bayesian::Windows windows_;
  bayesian::Levels levels_;
  bayesian::Samples samples_;
  std::vector<float> cutpoints_;  // [samples x levels - 1]

  // Training only.
  const cofi::ThreadPool* pool_ = nullptr;
  cofi::Random random_{0};
  std::int64_t epochs_ = 0, burnt_in_ = 0;
  Ratings users_of_, items_of_;  // by user and by item
  std::vector<float> values_;    // [n] ratings, each user's together; probit: latent values
  std::vector<float> targets_;   // [n] without the windows' biases
  std::vector<float> errors_;    // [n]
  double mean_ = 0, noise_ = 1;  // w0, and the precision of the ratings' noise
  std::unique_ptr<Sides> sides_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, BayesianSvd, "bayesian_svd", "1.0.0",
            "Biased factors sampled by Gibbs' method, with implicit feedback and windows of time.",
            kParams)
