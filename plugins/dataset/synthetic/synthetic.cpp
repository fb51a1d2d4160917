// Ratings from planted biases and factors, so that the best possible error is known.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/plugin/plugin.hpp"

#include "item_sampler.hpp"
#include "long_tail.hpp"
#include "rating_grid.hpp"

namespace {

using cofi::Data;
using cofi::Random;

constexpr cofi_param kParams[] = {
    cofi::integer("users", "1000", 1, 100000000, "Number of users."),
    cofi::integer("items", "500", 1, 100000000, "Number of items."),
    cofi::integer("ratings", "50000", 1, 2147483647,
                  "Number of ratings, of distinct users and items."),
    cofi::real("mean", "3.5", -1e6, 1e6, "Mean of the planted values."),
    cofi::real("bias_sd", "0.4", 0, 1e6, "Standard deviation of users' and of items' biases."),
    cofi::integer("factors", "4", 0, 1000, "Number of planted factors."),
    cofi::real("factor_sd", "0.5", 0, 1e6, "Standard deviation of q_i . p_u."),
    cofi::real("noise", "0.5", 0, 1e6, "Standard deviation of the noise: the best possible RMSE."),
    cofi::real("user_exponent", "0.6", 0, 1.5,
               "The user of rank k has ratings in proportion to k^-exponent, at most one an item."),
    cofi::real("item_exponent", "0.8", 0, 1.5,
               "The item of rank k is drawn in proportion to k^-exponent."),
    cofi::boolean("times", "false", "Whether ratings have times."),
    cofi::list_of(cofi::real("scale", "null", -1e6, 1e6,
                             "[low, high, step]: round to this scale (null: do not).")),
};

// Biases and factors of one side, a row each: [bias, factors...].
std::vector<float> plant(std::int64_t rows, std::int64_t factors, double bias_sd, double factor_sd,
                         const Random& random, const cofi::ThreadPool& pool) {
  const std::int64_t width = 1 + factors;
  // The product of two factors has the square of this for its deviation, and there are `factors`.
  const double sd = factors == 0 ? 0 : std::sqrt(factor_sd / std::sqrt(factors));
  std::vector<float> table(static_cast<std::size_t>(rows * width));
  cofi::parallel_for(pool, rows, 1024, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      Random mine = random.stream(static_cast<std::uint64_t>(row));
      float* const out = table.data() + row * width;
      out[0] = static_cast<float>(bias_sd * mine.normal());
      for (std::int64_t f = 1; f < width; ++f) out[f] = static_cast<float>(sd * mine.normal());
    }
  });
  return table;
}

class Synthetic final : public cofi::Dataset {
 public:
  explicit Synthetic(const cofi::Params& params)
      : users_(static_cast<std::int32_t>(params.integer("users"))),
        items_(static_cast<std::int32_t>(params.integer("items"))),
        ratings_(params.integer("ratings")),
        factors_(params.integer("factors")),
        mean_(params.real("mean")),
        bias_sd_(params.real("bias_sd")),
        factor_sd_(params.real("factor_sd")),
        noise_(params.real("noise")),
        user_exponent_(params.real("user_exponent")),
        item_exponent_(params.real("item_exponent")),
        timed_(params.boolean("times")) {
    if (ratings_ > std::int64_t{users_} * items_) {
      throw params.error("ratings", std::to_string(ratings_) + " is more than users x items = " +
                                        std::to_string(std::int64_t{users_} * items_));
    }
    if (!params.has("scale")) return;
    scale_ = params.reals("scale");
    if (scale_.size() != 3) throw params.error("scale", "needs three numbers: [low, high, step]");
    if (!(scale_[0] < scale_[1] && scale_[2] > 0)) {
      throw params.error("scale", "low must be less than high, and step more than 0");
    }
    const double levels = (scale_[1] - scale_[0]) / scale_[2];
    if (!(levels >= 1 && levels <= 1000) || std::abs(levels - std::nearbyint(levels)) > 1e-9) {
      throw params.error("scale", "low to high must be 1 to 1000 whole steps");
    }
    grid_.emplace(scale_[0], scale_[1], scale_[2]);
  }

  Data load(const cofi::LoadContext& context) override {
    const Random random = context.random.stream("synthetic");
    const auto n = static_cast<std::size_t>(ratings_);
    Columns columns{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n),
                    std::vector<float>(n), std::vector<float>(n),
                    std::vector<std::int64_t>(timed_ ? n : 0)};
    fill(columns, random, context.pool);
    const double error = std::sqrt(squared_error(columns, context.pool) / static_cast<double>(n));

    Data data;
    for (std::int32_t user = 1; user <= users_; ++user) data.users.add(std::to_string(user));
    for (std::int32_t item = 1; item <= items_; ++item) data.items.add(std::to_string(item));
    const auto [low, high] = std::minmax_element(columns.values.begin(), columns.values.end());
    data.scale = {*low, *high};
    if (grid_) data.scale = {static_cast<float>(scale_[0]), static_cast<float>(scale_[1])};
    data.interactions = {std::move(columns.users), std::move(columns.items),
                         std::move(columns.values), std::move(columns.times)};
    data.expected = std::move(columns.expected);
    data.note = note(error);
    return data;
  }

 private:
  struct Columns {
    std::vector<std::int32_t> users, items;
    std::vector<float> values, expected;
    std::vector<std::int64_t> times;
  };

  // Each user's ratings stand together and come from a stream of its own.
  void fill(Columns& columns, const Random& random, const cofi::ThreadPool& pool) const {
    const auto counts = synthetic::shares(
        synthetic::zipf_weights(users_, user_exponent_, random.stream("activity")), ratings_,
        items_);
    std::vector<std::int64_t> starts(counts.size() + 1, 0);
    for (std::size_t user = 0; user < counts.size(); ++user) {
      starts[user + 1] = starts[user] + counts[user];
    }
    const synthetic::ItemSampler sampler(
        synthetic::zipf_weights(items_, item_exponent_, random.stream("popularity")));
    const auto p = plant(users_, factors_, bias_sd_, factor_sd_, random.stream("users"), pool);
    const auto q = plant(items_, factors_, bias_sd_, factor_sd_, random.stream("items"), pool);
    const Random streams = random.stream("ratings");
    cofi::parallel_for(pool, users_, 256, [&](std::int64_t begin, std::int64_t end) {
      synthetic::ItemSampler::Scratch scratch;
      for (std::int64_t user = begin; user < end; ++user) {
        Random mine = streams.stream(static_cast<std::uint64_t>(user));
        const std::int64_t start = starts[static_cast<std::size_t>(user)];
        const std::int64_t stop = starts[static_cast<std::size_t>(user) + 1];
        sampler.draw(stop - start, mine, scratch, columns.items.data() + start);
        const float* const own = p.data() + user * (1 + factors_);
        for (std::int64_t at = start; at < stop; ++at) {
          const auto row = static_cast<std::size_t>(at);
          columns.users[row] = static_cast<std::int32_t>(user);
          const float* const other = q.data() + columns.items[row] * (1 + factors_);
          double value = mean_ + own[0] + other[0];
          for (std::int64_t f = 1; f <= factors_; ++f) value += double{own[f]} * other[f];
          const double drawn = value + noise_ * mine.normal();
          columns.values[row] = static_cast<float>(grid_ ? grid_->rounded(drawn) : drawn);
          columns.expected[row] =
              static_cast<float>(grid_ ? grid_->expected(value, noise_) : value);
        }
        if (timed_) fill_times(columns.times.data() + start, stop - start, mine);
      }
    });
  }

  // A session: it begins within ten years from 2001 on, and a rating follows after about a minute.
  static void fill_times(std::int64_t* times, std::int64_t n, Random& random) {
    constexpr double kStart = 1e9, kTenYears = 315576000, kMinute = 60;
    double time = kStart + kTenYears * random.uniform();
    for (std::int64_t at = 0; at < n; ++at) {
      times[at] = static_cast<std::int64_t>(time);
      time -= kMinute * std::log(1 - random.uniform());
    }
  }

  static double squared_error(const Columns& columns, const cofi::ThreadPool& pool) {
    return cofi::parallel_reduce(
        pool, static_cast<std::int64_t>(columns.values.size()), 1 << 16, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          double sum = 0;
          for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end);
               ++row) {
            const double error = double{columns.values[row]} - columns.expected[row];
            sum += error * error;
          }
          return sum;
        },
        [](double a, double b) { return a + b; });
  }

  std::string note(double error) const {
    char text[160];
    if (grid_) {
      std::snprintf(text, sizeof text, "planted; the best possible RMSE is %.4f on all rows",
                    error);
    } else {
      std::snprintf(text, sizeof text,
                    "planted; the best possible RMSE is %g in expectation, %.4f on all rows",
                    noise_, error);
    }
    return text;
  }

  std::int32_t users_, items_;
  std::int64_t ratings_, factors_;
  double mean_, bias_sd_, factor_sd_, noise_, user_exponent_, item_exponent_;
  bool timed_;
  std::vector<double> scale_;  // low, high, step; or empty
  std::optional<synthetic::RatingGrid> grid_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Synthetic, "synthetic", "1.0.0",
            "Long-tailed ratings with planted biases and factors, and a known best error.", kParams)
