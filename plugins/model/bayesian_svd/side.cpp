#include "side.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gaussian.hpp"
#include "normal.hpp"

namespace bayesian {
namespace {

constexpr std::int64_t kRowGrain = 16;  // rows of a block

std::vector<std::int32_t> with_ratings(const Ratings& ratings) {
  std::vector<std::int32_t> rows;
  for (std::int32_t row = 0; row < ratings.size(); ++row) {
    if (ratings.count(row) > 0) rows.push_back(row);
  }
  return rows;
}

// root = prior + noise * gram, factorized
void set_root(const Prior& prior, double noise, const float* gram, std::int64_t width,
              std::int64_t stride, double* root) {
  for (std::int64_t at = 0; at < width * stride; ++at) {
    root[at] = std::fma(noise, gram[at], prior.precision[static_cast<std::size_t>(at)]);
  }
  factorize(root, width, stride);
}

// gradient = precision * (mean - row): of the log density of a row's prior
void prior_gradient(const Prior& prior, const float* row, std::int64_t width, std::int64_t stride,
                    double* gradient) {
  std::fill(gradient, gradient + stride, 0.0);
  for (std::int64_t r = 0; r < width; ++r) {
    const double away = prior.mean[static_cast<std::size_t>(r)] - row[r];
    const double* precision = prior.precision.data() + r * stride;
    for (std::int64_t c = 0; c < stride; ++c) {
      gradient[c] = std::fma(away, precision[c], gradient[c]);
    }
  }
}

void fill_rows(const RowTable& table, std::int64_t rows, double deviation,
               const cofi::Random& random, const cofi::ThreadPool& pool) {
  cofi::parallel_for(pool, rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      cofi::Random own = random.stream(static_cast<std::uint64_t>(row));
      float* values = table.row(row);
      fill_normal(own, values, static_cast<std::size_t>(table.width - 1));
      for (std::int64_t f = 0; f + 1 < table.width; ++f) {
        values[f] *= static_cast<float>(deviation);
      }
    }
  });
}

}  // namespace

// What one thread needs for one row.
struct Side::Scratch {
  Scratch(std::int64_t width, std::int64_t stride)
      : gram(static_cast<std::size_t>(width * stride)),
        target(static_cast<std::size_t>(stride)),
        noise(static_cast<std::size_t>(stride)),
        root(static_cast<std::size_t>(width * stride)),
        gradient(static_cast<std::size_t>(stride)) {}

  std::vector<float> ratings;  // a row's targets
  std::vector<float> gram, target, noise;
  std::vector<double> root, gradient;
};

Side::Side(const Ratings& own, const Ratings& across, std::int64_t factors, bool implicit)
    : own_(own),
      across_(across),
      width_(factors + 1),
      stride_(cofi::kernels::padded(width_)),
      rated_(with_ratings(own)) {
  const std::int32_t rows = own.size();
  for (Table* each : {&own_rows_, &rows_, &features_}) {
    *each = table(cofi::kernels::padded_rows(rows, width_));
  }
  implicit_ = table(cofi::kernels::padded_rows(implicit ? across.size() : 0, width_));
  sums_ = table(cofi::kernels::padded_rows(implicit ? rows : 0, width_));
  if (!implicit) return;
  implicit_rated_ = with_ratings(across);
  for (std::int32_t row = 0; row < rows; ++row) {
    weights_.push_back(1 /
                       std::sqrt(static_cast<float>(std::max<std::int64_t>(own.count(row), 1))));
  }
  grams_.resize(static_cast<std::size_t>(rows * width_ * stride_));
  targets_.resize(static_cast<std::size_t>(rows * stride_));
}

Side::Table Side::table(at::Tensor values) {
  const RowTable rows = cofi::kernels::row_table(values);
  return {std::move(values), rows};
}

void Side::initialize(double deviation, const cofi::Random& random, const cofi::ThreadPool& pool) {
  fill_rows(own_rows_.rows, own_.size(), deviation, random.stream("own"), pool);
  fill_rows(implicit_.rows, has_implicit() ? across_.size() : 0, deviation,
            random.stream("implicit"), pool);
  add_sums(pool);
}

void Side::draw(const Side& other, const Step& given) {
  prior_ = draw_prior(own_rows_.rows, rated_, given.random.stream("prior"));
  if (has_implicit()) {
    implicit_prior_ =
        draw_prior(implicit_.rows, implicit_rated_, given.random.stream("implicit prior"));
    draw_with_sums(other, given);
    return;
  }
  cofi::parallel_for(given.pool, own_.size(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(width_, stride_);
    for (std::int64_t row = begin; row < end; ++row) {
      gather(row, other, given, scratch, scratch.gram.data(), scratch.target.data());
      draw_row(row, given, scratch.gram.data(), scratch.target.data(), scratch);
    }
  });
}

// All that ratings say of a row, given the other side: gram = sum x x' and target = sum t x - gram
// * row, x the other's features and t what the row is to explain.
void Side::gather(std::int64_t row, const Side& other, const Step& given, Scratch& scratch,
                  float* gram, float* target) const {
  const cofi::View<std::int32_t> ids = own_.row(row);
  const std::int32_t* positions =
      own_.positions.data() + own_.starts[static_cast<std::size_t>(row)];
  const RowTable &features = other.features(), &others = other.rows();
  const auto mean = static_cast<float>(given.mean);
  scratch.ratings.resize(ids.size());
  for (std::size_t n = 0; n < ids.size(); ++n) {
    scratch.ratings[n] = given.targets[positions[n]] - mean - others.row(ids.data()[n])[width_ - 1];
  }
  sum_ratings(features, ids, scratch.ratings.data(), gram, target);
  subtract_product(gram, rows().row(row), 1, features, target);
}

void Side::draw_row(std::int64_t row, const Step& given, const float* gram, const float* target,
                    Scratch& scratch) {
  float* own = own_rows_.rows.row(row);
  cofi::Random random = given.random.stream("rows").stream(static_cast<std::uint64_t>(row));
  fill_normal(random, scratch.noise.data(), static_cast<std::size_t>(width_));
  set_root(prior_, given.noise, gram, width_, stride_, scratch.root.data());
  prior_gradient(prior_, own, width_, stride_, scratch.gradient.data());
  for (std::int64_t c = 0; c < width_; ++c) {
    scratch.gradient[static_cast<std::size_t>(c)] += given.noise * target[c];
  }
  step(scratch.root.data(), width_, stride_, scratch.noise.data(), scratch.gradient.data());
  for (std::int64_t c = 0; c < width_; ++c) {
    own[c] += static_cast<float>(scratch.gradient[static_cast<std::size_t>(c)]);
  }
  refresh(row);
}

// An implicit row is part of all ratings of all rows whose sum it is in; of those ratings it needs
// no more than each row's gram and target, which it shares with the row's own step (the relational
// blocks of Rendle 2013, "Scaling factorization machines to relational data").
void Side::draw_with_sums(const Side& other, const Step& given) {
  const std::int64_t rows = own_.size(), size = width_ * stride_;
  cofi::parallel_for(given.pool, rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(width_, stride_);
    for (std::int64_t row = begin; row < end; ++row) {
      gather(row, other, given, scratch, grams_.data() + row * size,
             targets_.data() + row * stride_);
    }
  });
  draw_implicit_rows(given);
  add_sums(given.pool);
  cofi::parallel_for(given.pool, rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    Scratch scratch(width_, stride_);
    for (std::int64_t row = begin; row < end; ++row) {
      draw_row(row, given, grams_.data() + row * size, targets_.data() + row * stride_, scratch);
    }
  });
}

// Precisions depend on no other implicit row and are factorized in parallel, a chunk ahead; the
// draws follow one another.
void Side::draw_implicit_rows(const Step& given) {
  constexpr std::int64_t kChunk = 256;
  const RowTable& table = implicit_.rows;
  const std::int64_t rows = across_.size(), size = width_ * stride_;
  std::vector<double> roots(static_cast<std::size_t>(kChunk * size));
  std::vector<float> noise(static_cast<std::size_t>(kChunk * stride_));
  std::vector<double> gradient(static_cast<std::size_t>(stride_));
  std::vector<float> change(static_cast<std::size_t>(stride_));
  const cofi::Random random = given.random.stream("implicit rows");
  for (std::int64_t first = 0; first < rows; first += kChunk) {
    const std::int64_t count = std::min(kChunk, rows - first);
    cofi::parallel_for(given.pool, count, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> gram(static_cast<std::size_t>(size));
      for (std::int64_t k = begin; k < end; ++k) {
        cofi::Random own = random.stream(static_cast<std::uint64_t>(first + k));
        fill_normal(own, noise.data() + k * stride_, static_cast<std::size_t>(width_));
        sum_grams(grams_.data(), size, across_.row(first + k), weights_.data(), gram.data());
        set_root(implicit_prior_, given.noise, gram.data(), width_, stride_,
                 roots.data() + k * size);
      }
    });
    for (std::int64_t k = 0; k < count; ++k) {
      float* values = table.row(first + k);
      const cofi::View<std::int32_t> members = across_.row(first + k);
      prior_gradient(implicit_prior_, values, width_, stride_, gradient.data());
      for (const std::int32_t row : members) {
        const double weight = given.noise * weights_[static_cast<std::size_t>(row)];
        const float* target = targets_.data() + row * stride_;
        for (std::int64_t c = 0; c < stride_; ++c) {
          gradient[static_cast<std::size_t>(c)] =
              std::fma(weight, target[c], gradient[static_cast<std::size_t>(c)]);
        }
      }
      step(roots.data() + k * size, width_, stride_, noise.data() + k * stride_, gradient.data());
      for (std::int64_t c = 0; c < width_; ++c) {
        change[static_cast<std::size_t>(c)] =
            static_cast<float>(gradient[static_cast<std::size_t>(c)]);
        values[c] += change[static_cast<std::size_t>(c)];
      }
      for (const std::int32_t row : members) {
        subtract_product(grams_.data() + row * size, change.data(),
                         weights_[static_cast<std::size_t>(row)], table,
                         targets_.data() + row * stride_);
      }
    }
  }
}

void Side::add_sums(const cofi::ThreadPool& pool) {
  cofi::parallel_for(pool, own_.size(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      if (has_implicit()) {
        float* sum = sums_.rows.row(row);
        std::fill(sum, sum + stride_, 0.0F);
        const float weight = weights_[static_cast<std::size_t>(row)];
        for (const std::int32_t id : own_.row(row)) {
          const float* from = implicit_.rows.row(id);
          for (std::int64_t c = 0; c < stride_; ++c) sum[c] = std::fma(weight, from[c], sum[c]);
        }
      }
      refresh(row);
    }
  });
}

void Side::refresh(std::int64_t row) {
  const float* own = own_rows_.rows.row(row);
  float *values = rows_.rows.row(row), *features = features_.rows.row(row);
  for (std::int64_t c = 0; c < width_; ++c) {
    values[c] = has_implicit() ? own[c] + sums_.rows.row(row)[c] : own[c];
  }
  std::copy(values, values + width_ - 1, features);
  features[width_ - 1] = 1;
}

void Side::state(cofi::Archive& archive, const cofi::ThreadPool& pool) {
  cofi::kernels::padded_state(archive, "rows", own_rows_.values);
  cofi::kernels::padded_state(archive, "implicit", implicit_.values);
  if (!archive.reading()) return;
  own_rows_ = table(own_rows_.values);
  implicit_ = table(implicit_.values);
  add_sums(pool);
}

}  // namespace bayesian
