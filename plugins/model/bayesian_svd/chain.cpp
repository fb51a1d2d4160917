#include "chain.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cofi/kernels/factors.hpp"

#include "normal.hpp"

namespace bayesian {
namespace {

std::size_t place(std::int64_t n) { return static_cast<std::size_t>(n); }

// Rows of the training table by user; each user's by time where `by_time`.
cofi::Grouping order(const cofi::Interactions& train, std::int32_t users, bool by_time) {
  cofi::Grouping rows = cofi::group_by(train.users, users);
  for (std::size_t user = 0; by_time && user + 1 < rows.starts.size(); ++user) {
    std::stable_sort(rows.rows.begin() + rows.starts[user],
                     rows.rows.begin() + rows.starts[user + 1],
                     [&](std::int32_t a, std::int32_t b) {
                       return train.times[place(a)] < train.times[place(b)];
                     });
  }
  return rows;
}

Ratings ratings_by_user(const cofi::Interactions& train, std::int32_t users, bool by_time) {
  cofi::Grouping rows = order(train, users, by_time);
  Ratings ratings{std::move(rows.starts), {}, {}};
  for (const std::int32_t row : rows.rows) {
    ratings.ids.push_back(train.items[place(row)]);
    ratings.positions.push_back(static_cast<std::int32_t>(ratings.positions.size()));
  }
  return ratings;
}

Ratings ratings_by_item(const Ratings& by_user, std::int32_t items) {
  cofi::Grouping grouped = cofi::group_by(by_user.ids, items);
  std::vector<std::int32_t> who(by_user.ids.size());
  for (std::int32_t user = 0; user < by_user.size(); ++user) {
    const auto first = who.begin() + by_user.starts[place(user)];
    std::fill(first, first + by_user.count(user), user);
  }
  Ratings ratings{std::move(grouped.starts), {}, std::move(grouped.rows)};
  for (const std::int32_t position : ratings.positions) ratings.ids.push_back(who[place(position)]);
  return ratings;
}

}  // namespace

Chain::Chain(const cofi::FitContext& context, const ChainOptions& options, std::int64_t samples,
             Windows& windows, Levels* levels)
    : pool_(context.pool),
      random_(context.random.stream("gibbs")),
      by_user_(ratings_by_user(context.train, context.users, !windows.empty())),
      by_item_(ratings_by_item(by_user_, context.items)),
      users_(by_user_, by_item_, options.factors, options.implicit_users),
      items_(by_item_, by_user_, options.factors, options.implicit_items),
      windows_(windows),
      levels_(levels),
      errors_(by_user_.ids.size()),
      mean_(context.train.mean()) {
  const cofi::Grouping rows = order(context.train, context.users, !windows.empty());
  std::vector<std::int64_t> times;
  double squares = 0;
  for (const std::int32_t row : rows.rows) {
    const float value = context.train.values[place(row)];
    values_.push_back(value);
    squares += (value - mean_) * (value - mean_);
    if (!windows.empty()) times.push_back(context.train.times[place(row)]);
  }
  targets_ = values_;
  noise_ = (1 + static_cast<double>(values_.size())) / (1 + squares);
  if (levels_ != nullptr) {
    levels_->prepare(values_);
    noise_ = levels_->initial_noise();
  }
  if (!windows.empty()) windows_.prepare(by_user_.starts, times, samples);
  users_.initialize(options.init_deviation, random_.stream("users"), pool_);
  items_.initialize(options.init_deviation, random_.stream("items"), pool_);
}

double Chain::sweep(std::int64_t n) {
  const cofi::Random random = random_.stream(static_cast<std::uint64_t>(n));
  if (levels_ != nullptr) draw_latent(random.stream("levels"));
  windows_.subtract(by_user_.starts, values_.data(), pool_, targets_.data());
  const cofi::Random of_users = random.stream("users"), of_items = random.stream("items");
  items_.draw(users_, {targets_.data(), mean_, noise_, of_items, pool_});
  users_.draw(items_, {targets_.data(), mean_, noise_, of_users, pool_});
  find_errors();
  windows_.draw(by_user_.starts, noise_, random.stream("windows"), pool_, errors_.data());
  return draw_mean_and_noise(random.stream("noise"));
}

// values_ become latent values given the ratings' levels.
void Chain::draw_latent(const cofi::Random& random) {
  // What the model says, windows included: minus the errors of ratings that are all 0.
  std::fill(values_.begin(), values_.end(), 0.0F);
  windows_.subtract(by_user_.starts, values_.data(), pool_, targets_.data());
  find_errors();
  for (float& error : errors_) error = -error;
  levels_->draw(errors_.data(), noise_, random, pool_, values_.data());
}

// errors = targets - (mean + biases + factors)
void Chain::find_errors() {
  constexpr std::int64_t kGrain = 16;
  const auto &rows = users_.rows(), &items = items_.rows(), &features = items_.features();
  const auto mean = static_cast<float>(mean_);
  cofi::parallel_for(pool_, by_user_.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t user = begin; user < end; ++user) {
      std::size_t n = place(by_user_.starts[place(user)]);
      for (const std::int32_t item : by_user_.row(user)) {
        const float both = cofi::kernels::dot(rows.row(user), features.row(item), rows.stride);
        errors_[n] = targets_[n] - (both + items.row(item)[items.width - 1] + mean);
        ++n;
      }
    }
  });
}

// Draws the mean (flat prior) and the noise (precision from Gamma(1/2, 1/2)) given the errors;
// returns their mean square before.
double Chain::draw_mean_and_noise(cofi::Random random) {
  struct Sums {
    double errors = 0, squares = 0;
  };
  constexpr std::int64_t kGrain = 4096;
  const auto count = static_cast<double>(errors_.size());
  const Sums sums = cofi::parallel_reduce(
      pool_, static_cast<std::int64_t>(errors_.size()), kGrain, Sums(),
      [&](std::int64_t begin, std::int64_t end) {
        Sums part;
        for (std::int64_t n = begin; n < end; ++n) {
          const double error = errors_[place(n)];
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
  if (levels_ == nullptr || !levels_->binary()) {
    noise_ = draw_gamma(random, (1 + count) / 2) / ((1 + squares) / 2);
  }
  return sums.squares / count;
}

void Chain::state(cofi::Archive& archive) {
  archive("mean", mean_);
  archive("noise", noise_);
  cofi::Archive users = archive.child("users"), items = archive.child("items");
  users_.state(users, pool_);
  items_.state(items, pool_);
  windows_.training_state(archive);
  if (levels_ != nullptr) levels_->training_state(archive);
}

}  // namespace bayesian
