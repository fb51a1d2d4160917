#include "samples.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/scores.hpp"

#include "gaussian.hpp"
#include "normal.hpp"

namespace bayesian {
namespace {

using cofi::kernels::padded;
using cofi::kernels::padded_rows;
using cofi::kernels::padded_state;
using cofi::kernels::row_table;

std::size_t at_of(std::int64_t n) { return static_cast<std::size_t>(n); }

double mean_of(const at::Tensor& table, std::int32_t row, std::int64_t count) {
  if (row < 0) return 0;
  const float* values = row_table(table).row(row);
  return std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
}

}  // namespace

// The mean row of a side: of the rows with ratings.
struct Samples::Center {
  explicit Center(const Side& side) : mean(at_of(side.rows().width)) {
    for (const std::int32_t row : side.rated()) {
      const float* values = side.rows().row(row);
      for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += values[c];
    }
    for (double& value : mean) value /= static_cast<double>(side.rated().size());
  }
  // row . mean over the factors
  template <class Row>
  double product(const Row* row) const {
    double sum = 0;
    for (std::size_t f = 0; f + 1 < mean.size(); ++f) sum += mean[f] * row[f];
    return sum;
  }
  double bias() const { return mean.back(); }

  std::vector<double> mean;  // [width]
};

Samples::Samples(std::int64_t factors, bool implicit)
    : factors_(factors), width_(factors + 1), stride_(padded(width_)) {
  for (at::Tensor* table : {&user_factors_, &item_factors_, &user_bias_, &item_bias_}) {
    *table = padded_rows(0, 1);
  }
  if (implicit) implicit_ = padded_rows(0, 1);
}

void Samples::reserve(std::int32_t users, std::int32_t items, std::int64_t capacity,
                      std::int64_t seed) {
  capacity_ = capacity;
  seed_ = seed;
  means_.assign(at_of(capacity), 0);
  noises_.assign(at_of(capacity), 1);
  user_factors_ = padded_rows(users, capacity * factors_);
  item_factors_ = padded_rows(items, capacity * factors_);
  user_bias_ = padded_rows(users, capacity);
  item_bias_ = padded_rows(items, capacity);
  if (implicit_.defined()) implicit_ = padded_rows(items, capacity * width_);
  prior_means_.assign(at_of(capacity * stride_), 0);
  prior_precisions_.assign(at_of(capacity * width_ * stride_), 0);
}

// With centers c_p of the users' factors and c_q of the items', p' = p - c_p and q' = q - c_q:
//   p . q + b_u + b_i = p' . q' + (b_u + p' . c_q) + (b_i + c_p . q') + c_p . c_q
// and what remains of the biases' means goes to the mean.
void Samples::keep(std::int64_t at, double mean, double noise, const Side& users,
                   const Side& items) {
  const Center user_center(users), item_center(items);
  count_ = at + 1;
  means_[at_of(at)] =
      mean + user_center.product(item_center.mean.data()) + user_center.bias() + item_center.bias();
  noises_[at_of(at)] = noise;
  keep_side(at, users, user_center, item_center, user_factors_, user_bias_);
  keep_side(at, items, item_center, user_center, item_factors_, item_bias_);
  keep_prior(at, users, user_center, item_center);
}

void Samples::keep_side(std::int64_t at, const Side& side, const Center& own, const Center& other,
                        at::Tensor& factors, at::Tensor& biases) {
  const RowTable from = side.rows(), to = row_table(factors), bias = row_table(biases);
  for (std::int64_t row = 0; row < factors.size(0); ++row) {
    const float* values = from.row(row);
    float* kept = to.row(row) + at * factors_;
    for (std::int64_t f = 0; f < factors_; ++f) {
      kept[f] = static_cast<float>(values[f] - own.mean[at_of(f)]);
    }
    bias.row(row)[at] = static_cast<float>(values[factors_] - own.bias() + other.product(kept));
  }
}

// A centred row is T row + shift, T adding c_q . factors to the bias: its prior's mean is T mean +
// shift, its precision T'^-1 precision T^-1, and implicit rows, which are parts of sums, are T row.
void Samples::keep_prior(std::int64_t at, const Side& users, const Center& own,
                         const Center& other) {
  const Prior& prior = users.prior();
  if (prior.mean.empty()) return;  // before the first sweep
  double* mean = prior_means_.data() + at * stride_;
  double* precision = prior_precisions_.data() + at * width_ * stride_;
  for (std::int64_t c = 0; c < width_; ++c) {
    mean[c] = prior.mean[at_of(c)] - own.mean[at_of(c)];
  }
  mean[factors_] += other.product(mean);
  std::copy(prior.precision.begin(), prior.precision.end(), precision);
  for (std::int64_t r = 0; r < width_; ++r) {
    for (std::int64_t c = 0; c < factors_; ++c) {
      precision[r * stride_ + c] -= precision[r * stride_ + factors_] * other.mean[at_of(c)];
    }
  }
  for (std::int64_t r = 0; r < factors_; ++r) {
    for (std::int64_t c = 0; c < width_; ++c) {
      precision[r * stride_ + c] -= other.mean[at_of(r)] * precision[factors_ * stride_ + c];
    }
  }
  if (!implicit_.defined()) return;
  const RowTable from = users.implicit_rows(), to = row_table(implicit_);
  for (std::int64_t row = 0; row < implicit_.size(0); ++row) {
    const float* values = from.row(row);
    float* kept = to.row(row) + at * width_;
    std::copy(values, values + width_, kept);
    kept[factors_] += static_cast<float>(other.product(values));
  }
}

float Samples::deviation(std::int64_t sample) const {
  return static_cast<float>(1 / std::sqrt(noises_[at_of(sample)]));
}

double Samples::mean() const {
  return std::accumulate(means_.begin(), means_.begin() + count_, 0.0) /
         static_cast<double>(count_);
}

double Samples::user_bias(std::int32_t user) const { return mean_of(user_bias_, user, count_); }
double Samples::item_bias(std::int32_t item) const { return mean_of(item_bias_, item, count_); }

double Samples::product(std::int32_t user, std::int32_t item) const {
  if (user < 0 || item < 0) return 0;
  return cofi::kernels::dot(row_table(user_factors_).row(user), row_table(item_factors_).row(item),
                            padded(count_ * factors_)) /
         static_cast<double>(count_);
}

void Samples::values(std::int32_t user, std::int32_t item, float* out) const {
  for (std::int64_t s = 0; s < count_; ++s) out[s] = static_cast<float>(means_[at_of(s)]);
  if (user >= 0) {
    const float* bias = row_table(user_bias_).row(user);
    for (std::int64_t s = 0; s < count_; ++s) out[s] += bias[s];
  }
  if (item >= 0) {
    const float* bias = row_table(item_bias_).row(item);
    for (std::int64_t s = 0; s < count_; ++s) out[s] += bias[s];
  }
  if (user < 0 || item < 0) return;
  const float* p = row_table(user_factors_).row(user);
  const float* q = row_table(item_factors_).row(item);
  for (std::int64_t s = 0; s < count_; ++s, p += factors_, q += factors_) {
    float sum = 0;
    for (std::int64_t f = 0; f < factors_; ++f) sum = std::fma(p[f], q[f], sum);
    out[s] += sum;
  }
}

void Samples::scores(cofi::View<std::int32_t> users, std::int32_t items, float* out) const {
  // The factor model whose factors are all samples', side by side: the users' over their number.
  const auto count = static_cast<double>(count_);
  std::vector<float> user_bias(at_of(user_bias_.size(0))), item_bias(at_of(items));
  for (const std::int32_t user : users) {
    if (user >= 0) user_bias[at_of(user)] = static_cast<float>(this->user_bias(user) * count);
  }
  for (std::int32_t item = 0; item < items; ++item) {
    item_bias[at_of(item)] = static_cast<float>(this->item_bias(item) * count);
  }
  const auto mean = static_cast<float>(this->mean() * count);
  cofi::kernels::scores({mean, user_bias.data(), item_bias.data(), row_table(user_factors_),
                         row_table(item_factors_)},
                        users, items, out);
  const std::size_t n = users.size() * at_of(items);
  for (std::size_t k = 0; k < n; ++k) out[k] /= static_cast<float>(count_);
}

void Samples::fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) {
  const cofi::Grouping by_user =
      cofi::group_by(rows.users, static_cast<std::int32_t>(user_factors_.size(0)));
  constexpr std::int64_t kGrain = 4;
  cofi::parallel_for(pool, user_factors_.size(0), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t user = begin; user < end; ++user) {
                         const auto id = static_cast<std::int32_t>(user);
                         std::vector<std::int32_t> items;
                         std::vector<float> values;
                         for (const std::int32_t n : by_user.group(id)) {
                           items.push_back(rows.items[at_of(n)]);
                           values.push_back(rows.values[at_of(n)]);
                         }
                         if (!items.empty()) fold_in_user(id, items, values.data());
                       }
                     });
}

void Samples::fold_in_user(std::int32_t user, cofi::View<std::int32_t> ids, const float* values) {
  const auto n = static_cast<std::int64_t>(ids.size());
  const at::Tensor features = padded_rows(n, width_);  // of the items that it rated
  const RowTable table = row_table(features), items = row_table(item_factors_);
  std::vector<std::int32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<float> targets(ids.size()), noise(at_of(stride_)), row(at_of(stride_));
  std::vector<float> gram(at_of(width_ * stride_)), target(at_of(stride_));
  std::vector<double> root(gram.size()), gradient(target.size());
  for (std::int64_t s = 0; s < count_; ++s) {
    const double* prior_mean = prior_means_.data() + s * stride_;
    const double* precision = prior_precisions_.data() + s * width_ * stride_;
    std::copy(prior_mean, prior_mean + stride_, row.begin());
    const float weight = 1 / std::sqrt(static_cast<float>(n));
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int32_t item = ids.data()[k];
      const float* factors = items.row(item) + s * factors_;
      std::copy(factors, factors + factors_, table.row(k));
      table.row(k)[factors_] = 1;
      targets[at_of(k)] =
          values[k] - static_cast<float>(means_[at_of(s)]) - row_table(item_bias_).row(item)[s];
      if (!implicit_.defined()) continue;
      const float* part = row_table(implicit_).row(item) + s * width_;
      for (std::int64_t c = 0; c < width_; ++c) row[at_of(c)] += weight * part[c];
    }
    // From the mean of its prior, where that has no gradient.
    sum_ratings(table, order, targets.data(), gram.data(), target.data());
    subtract_product(gram.data(), row.data(), 1, table, target.data());
    for (std::size_t c = 0; c < root.size(); ++c)
      root[c] = precision[c] + noises_[at_of(s)] * gram[c];
    for (std::size_t c = 0; c < gradient.size(); ++c) gradient[c] = noises_[at_of(s)] * target[c];
    cofi::Random random = cofi::Random(static_cast<std::uint64_t>(seed_))
                              .stream("fold in")
                              .stream(static_cast<std::uint64_t>(user))
                              .stream(static_cast<std::uint64_t>(s));
    fill_normal(random, noise.data(), at_of(width_));
    factorize(root.data(), width_, stride_);
    step(root.data(), width_, stride_, noise.data(), gradient.data());
    for (std::int64_t c = 0; c < width_; ++c)
      row[at_of(c)] += static_cast<float>(gradient[at_of(c)]);
    std::copy(row.begin(), row.begin() + factors_,
              row_table(user_factors_).row(user) + s * factors_);
    row_table(user_bias_).row(user)[s] = row[at_of(factors_)];
  }
}

std::vector<cofi::Parameter> Samples::parameters() const {
  using cofi::Rows;
  return {{"user_factors", user_factors_, Rows::kUsers},
          {"user_bias", user_bias_, Rows::kUsers},
          {"item_factors", item_factors_, Rows::kItems},
          {"item_bias", item_bias_, Rows::kItems}};
}

void Samples::state(cofi::Archive& archive) {
  archive("samples", count_);
  archive("seed", seed_);
  archive("mean", means_);
  archive("noise", noises_);
  padded_state(archive, "user_factors", user_factors_);
  padded_state(archive, "user_bias", user_bias_);
  padded_state(archive, "item_factors", item_factors_);
  padded_state(archive, "item_bias", item_bias_);
  if (implicit_.defined()) padded_state(archive, "implicit", implicit_);
  archive("prior_mean", prior_means_);
  archive("prior_precision", prior_precisions_);
  capacity_ = static_cast<std::int64_t>(means_.size());
}

}  // namespace bayesian
