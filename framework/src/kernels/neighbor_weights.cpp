#include "cofi/kernels/neighbor_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cofi/archive.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/kernels/similarity.hpp"

namespace cofi::kernels {
namespace {

// Fills up the rows of items with fewer than k neighbors; above every id.
constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();

// Sums of eight lanes hide the latency of additions; the order of every sum is fixed.
constexpr std::size_t kWays = 8;

float total(const float (&lanes)[kWays]) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

// sum over n of values[n] row[slots[n]]
float weighted_sum(const Near& near, const float* row) {
  const std::int32_t* slots = near.slots.data();
  const float* values = near.values.data();
  float lanes[kWays] = {};
  std::size_t n = 0;
  for (; n + kWays <= near.count; n += kWays) {
    for (std::size_t lane = 0; lane < kWays; ++lane) {
      lanes[lane] = std::fma(values[n + lane], row[slots[n + lane]], lanes[lane]);
    }
  }
  for (; n < near.count; ++n) lanes[0] = std::fma(values[n], row[slots[n]], lanes[0]);
  return total(lanes);
}

// sum over n of row[slots[n]]
float plain_sum(const Near& near, const float* row) {
  const std::int32_t* slots = near.slots.data();
  float lanes[kWays] = {};
  std::size_t n = 0;
  for (; n + kWays <= near.count; n += kWays) {
    for (std::size_t lane = 0; lane < kWays; ++lane) lanes[lane] += row[slots[n + lane]];
  }
  for (; n < near.count; ++n) lanes[0] += row[slots[n]];
  return total(lanes);
}

// row[slots[n]] = keep row[slots[n]] + by values[n]
void add_weighted(const Near& near, float keep, float by, float* row) {
  for (std::size_t n = 0; n < near.count; ++n) {
    float& weight = row[near.slots[n]];
    weight = std::fma(by, near.values[n], keep * weight);
  }
}

// row[slots[n]] = keep row[slots[n]] + by
void add_plain(const Near& near, float keep, float by, float* row) {
  for (std::size_t n = 0; n < near.count; ++n) {
    float& weight = row[near.slots[n]];
    weight = std::fma(keep, weight, by);
  }
}

const float* row_of(const at::Tensor& table, std::int32_t item) {
  return table.data_ptr<float>() + item * table.size(1);
}
float* row_of(at::Tensor& table, std::int32_t item) {
  return table.data_ptr<float>() + item * table.size(1);
}

template <class T>
at::Tensor tensor_of(const std::vector<T>& values) {
  return at::tensor(c10::ArrayRef<T>(values));
}

}  // namespace

NeighborWeightsOptions NeighborWeightsOptions::of(const Params& params) {
  if (params.has("shrinkage") && !params.has("k")) {
    throw params.error("shrinkage", "has no use without k: all items are neighbors");
  }
  NeighborWeightsOptions options;
  if (params.has("k")) options.k = params.integer("k");
  options.shrinkage = params.optional_real("shrinkage").value_or(options.shrinkage);
  options.explicit_part = params.boolean("explicit");
  options.implicit_part = params.boolean("implicit");
  options.max_memory = params.real("max_memory");
  options.reg_explicit = params.optional_real("reg_explicit_weights");
  options.reg_implicit = params.optional_real("reg_implicit_weights");
  return options;
}

NeighborWeights::NeighborWeights(const NeighborWeightsOptions& options)
    : options_(options),
      explicit_(at::empty({0}, at::kFloat)),
      implicit_(at::empty({0}, at::kFloat)) {}

void NeighborWeights::setup(const FitContext& context, const Residuals& residuals) {
  if (!context.device.is_cpu()) {
    throw Error("weights between items are learned on the CPU: set device: cpu");
  }
  const std::int64_t items = context.items;
  const std::int64_t width = std::min(options_.k.value_or(items), items);
  check_memory(items, width);
  if (options_.explicit_part) explicit_ = at::zeros({items, width}, at::kFloat);
  if (options_.implicit_part) implicit_ = at::zeros({items, width}, at::kFloat);
  if (options_.k) find_neighbors(context, residuals);

  by_item_ = rows_by_item(context.train, context.items, context.pool);
  positions_.resize(by_item_.entries.size());
  std::vector<std::int64_t> next(by_item_.starts.begin(), by_item_.starts.end() - 1);
  for (std::size_t at = 0; at < residuals.rows().entries.size(); ++at) {
    const auto item = static_cast<std::size_t>(residuals.rows().entries[at].id);
    positions_[static_cast<std::size_t>(next[item]++)] = static_cast<std::int64_t>(at);
  }
}

void NeighborWeights::check_memory(std::int64_t items, std::int64_t width) const {
  const int parts = (options_.explicit_part ? 1 : 0) + (options_.implicit_part ? 1 : 0);
  constexpr double kMegabyte = 1e6;
  const double column = static_cast<double>(items) * parts * sizeof(float) / kMegabyte;
  const double needed = column * static_cast<double>(width);
  if (needed <= options_.max_memory) return;
  const auto fits = static_cast<std::int64_t>(options_.max_memory / column);
  throw Error("weights of ", items, " items with ", width, " neighbors each take ",
              static_cast<std::int64_t>(needed), " MB, and max_memory is ", options_.max_memory,
              fits > 0 ? "; set k to " + std::to_string(fits) + " or less, or raise max_memory"
                       : "; raise max_memory");
}

void NeighborWeights::find_neighbors(const FitContext& context, const Residuals& residuals) {
  const std::int64_t width = this->width();
  SimilarityOptions similarity;
  similarity.measure = Measure::kCosine;
  similarity.shrinkage = options_.shrinkage;
  similarity.shrinks_from_one = true;
  similarity.keep = width;
  const Neighbors found =
      neighbors_of(transposed(residuals.rows(), context.items), residuals.rows(), similarity,
                   context.pool, context.communicator);
  ids_.assign(static_cast<std::size_t>(context.items * width), kNone);
  for (std::int64_t item = 0; item < context.items; ++item) {
    const auto at = static_cast<std::size_t>(item);
    std::copy(found.ids.begin() + found.starts[at], found.ids.begin() + found.starts[at + 1],
              ids_.begin() + item * width);
  }
}

void NeighborWeights::add_parameters(std::vector<Parameter>& parameters) const {
  if (options_.explicit_part) {
    parameters.push_back({"explicit_weights", explicit_, Rows::kItems, options_.reg_explicit});
  }
  if (options_.implicit_part) {
    parameters.push_back({"implicit_weights", implicit_, Rows::kItems, options_.reg_implicit});
  }
}

std::int64_t NeighborWeights::width() const {
  return options_.explicit_part ? explicit_.size(1) : implicit_.size(1);
}

std::int32_t NeighborWeights::id(std::int32_t item, std::int32_t slot) const {
  return ids_.empty() ? slot : ids_[static_cast<std::size_t>(item * width() + slot)];
}

void NeighborWeights::near(View<SparseRows::Entry> rated, std::int32_t item, Near& out) const {
  out.count = 0;
  out.norm = 0;
  if (item < 0 || rated.empty()) return;
  if (out.slots.size() <= rated.size()) {
    out.slots.resize(rated.size() + 1);
    out.values.resize(rated.size() + 1);
  }
  std::int32_t* slots = out.slots.data();
  float* values = out.values.data();
  std::size_t count = 0;
  if (ids_.empty()) {
    const auto before = [](const SparseRows::Entry& entry, std::int32_t id) {
      return entry.id < id;
    };
    const SparseRows::Entry* own = std::lower_bound(rated.begin(), rated.end(), item, before);
    const auto take = [&](const SparseRows::Entry* first, const SparseRows::Entry* last) {
      for (; first != last; ++first, ++count) {
        slots[count] = first->id;
        values[count] = first->value;
      }
    };
    take(rated.begin(), own);
    while (own != rated.end() && own->id == item) ++own;
    take(own, rated.end());
  } else {
    // Both ascend. Every step writes, and counts where the ids agree: no branch to guess.
    const auto width = static_cast<std::size_t>(this->width());
    const std::int32_t* ids = ids_.data() + static_cast<std::size_t>(item) * width;
    for (std::size_t a = 0, b = 0; a < rated.size() && b < width;) {
      const std::int32_t own = rated.data()[a].id, other = ids[b];
      slots[count] = static_cast<std::int32_t>(b);
      values[count] = rated.data()[a].value;
      count += own == other ? 1 : 0;
      a += own <= other ? 1 : 0;
      b += other < own ? 1 : 0;
    }
  }
  out.count = count;
  if (count > 0) out.norm = 1 / std::sqrt(static_cast<float>(count));
}

float NeighborWeights::value(std::int32_t item, const Near& near) const {
  if (near.count == 0) return 0;
  float sum = 0;
  if (options_.explicit_part) sum += weighted_sum(near, row_of(explicit_, item));
  if (options_.implicit_part) sum += plain_sum(near, row_of(implicit_, item));
  return near.norm * sum;
}

void NeighborWeights::add_scores(const Residuals& residuals, View<std::int32_t> users,
                                 std::int32_t items, float* out) const {
  Near near;
  for (std::int32_t item = 0; item < items; ++item) {
    for (std::size_t n = 0; n < users.size(); ++n) {
      this->near(residuals.of(users[n]), item, near);
      out[n * static_cast<std::size_t>(items) + static_cast<std::size_t>(item)] +=
          value(item, near);
    }
  }
}

at::Tensor NeighborWeights::forward(const Residuals& residuals, const Batch& batch) const {
  const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
  const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
  std::vector<std::int64_t> owners, places;  // of each neighbor: whose in the batch, its weight
  std::vector<float> norms, values;
  Near near;
  for (std::int64_t n = 0; n < batch.size(); ++n) {
    this->near(residuals.of(users[n]), items[n], near);
    for (std::size_t m = 0; m < near.count; ++m) {
      owners.push_back(n);
      places.push_back(items[n] * width() + near.slots[m]);
      norms.push_back(near.norm);
      values.push_back(near.norm * near.values[m]);
    }
  }
  const at::Tensor owner = tensor_of(owners), place = tensor_of(places);
  at::Tensor sums = at::zeros({batch.size()}, at::kFloat);
  const auto add = [&](const at::Tensor& table, const std::vector<float>& factors) {
    const at::Tensor weights = at::index_select(table.view({-1}), 0, place);
    sums = at::index_add(sums, 0, owner, weights * tensor_of(factors));
  };
  if (options_.explicit_part) add(explicit_, values);
  if (options_.implicit_part) add(implicit_, norms);
  return sums;
}

void NeighborWeights::add_values(const Residuals& residuals, const Batch& batch, std::int64_t begin,
                                 std::int64_t end, float* values) const {
  const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
  const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
  Near near;
  for (std::int64_t n = begin; n < end; ++n) {
    this->near(residuals.of(users[n]), items[n], near);
    values[n] += value(items[n], near);
  }
}

void NeighborWeights::add_gradient(const Residuals& residuals, const Batch& batch,
                                   const float* slopes, std::size_t first,
                                   RowGradients& out) const {
  const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
  at::Tensor none;
  at::Tensor& of_explicit = options_.explicit_part ? out.gradients[first] : none;
  at::Tensor& of_implicit =
      options_.implicit_part ? out.gradients[first + (options_.explicit_part ? 1 : 0)] : none;
  constexpr std::int64_t kGrain = 4;
  const auto groups = static_cast<std::int64_t>(out.items.rows.size());
  parallel_for(out.pool, groups, kGrain, [&](std::int64_t begin, std::int64_t end) {
    Near near;
    for (auto m = static_cast<std::size_t>(begin); m < static_cast<std::size_t>(end); ++m) {
      const std::int32_t item = out.items.rows[m];
      for (std::int32_t at = out.items.starts[m]; at < out.items.starts[m + 1]; ++at) {
        const std::int32_t n = out.items.order[static_cast<std::size_t>(at)];
        this->near(residuals.of(users[n]), item, near);
        const float by = near.norm * slopes[n];
        if (of_explicit.defined()) add_weighted(near, 1, by, row_of(of_explicit, item));
        if (of_implicit.defined()) add_plain(near, 1, by, row_of(of_implicit, item));
      }
    }
  });
}

void NeighborWeights::step(const Near& near, std::int32_t item, float slope, const SgdPass& pass,
                           const NeighborWeightsRates& rates) {
  const double count = static_cast<double>(by_item_.row(item).size());
  const double scale = rates.by_frequency ? 1 / std::sqrt(count) : 1;
  const auto keep = [&](double rate, const std::optional<double>& regularization) {
    const double decay = regularization.value_or(pass.weight_decay) * scale;
    return static_cast<float>(1 - rate * decay);
  };
  const double push = -static_cast<double>(slope) * near.norm;
  if (options_.explicit_part) {
    const double rate = pass.learning_rate * rates.explicit_weights;
    add_weighted(near, keep(rate, options_.reg_explicit), static_cast<float>(rate * push),
                 row_of(explicit_, item));
  }
  if (options_.implicit_part) {
    const double rate = pass.learning_rate * rates.implicit_weights;
    add_plain(near, keep(rate, options_.reg_implicit), static_cast<float>(rate * push),
              row_of(implicit_, item));
  }
}

void NeighborWeights::pass(const Residuals& residuals, const SgdPass& pass,
                           const NeighborWeightsRates& rates, const std::vector<float>& rest,
                           std::vector<float>& sums) {
  const Random orders = pass.random.stream("neighbor_weights");
  constexpr std::int64_t kGrain = 4;
  parallel_for(pass.pool, by_item_.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    Near near;
    for (auto item = static_cast<std::int32_t>(begin); item < end; ++item) {
      const View<SparseRows::Entry> raters = by_item_.row(item);
      const std::int64_t* positions =
          positions_.data() + by_item_.starts[static_cast<std::size_t>(item)];
      Random own = orders.stream(static_cast<std::uint64_t>(item));
      for (const std::int32_t n : own.permutation(static_cast<std::int32_t>(raters.size()))) {
        const SparseRows::Entry& rating = raters.data()[n];
        this->near(residuals.of(rating.id), item, near);
        if (near.count == 0) continue;
        const float others = rest[static_cast<std::size_t>(positions[n])];
        const float error = others + value(item, near) - rating.value;
        step(near, item, pass.loss.slope(error), pass, rates);
      }
      for (std::size_t n = 0; n < raters.size(); ++n) {
        this->near(residuals.of(raters[n].id), item, near);
        sums[static_cast<std::size_t>(positions[n])] = value(item, near);
      }
    }
  });
}

void NeighborWeights::explain(View<SparseRows::Entry> rated, std::int32_t item,
                              Explanation& why) const {
  Near near;
  this->near(rated, item, near);
  for (std::size_t n = 0; n < near.count; ++n) {
    const std::int32_t slot = near.slots[n];
    double term = 0;
    if (options_.explicit_part) term += double{near.values[n]} * row_of(explicit_, item)[slot];
    if (options_.implicit_part) term += row_of(implicit_, item)[slot];
    why.add("neighbor", near.norm * term, Rows::kItems, id(item, slot));
  }
}

void NeighborWeights::similar_items(std::int32_t item, std::int32_t items, float* out) const {
  std::fill(out, out + items, 0.0F);
  const float* weights = row_of(options_.explicit_part ? explicit_ : implicit_, item);
  for (std::int32_t slot = 0; slot < width(); ++slot) {
    const std::int32_t neighbor = id(item, slot);
    if (neighbor < items) out[neighbor] = weights[slot];
  }
}

void NeighborWeights::state(Archive& archive) {
  if (options_.k) archive("neighbors", ids_);
}

}  // namespace cofi::kernels
