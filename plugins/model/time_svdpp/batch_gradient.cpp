#include "batch_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "cofi/kernels/factors.hpp"
#include "cofi/parallel.hpp"

namespace time_svdpp {
namespace {

using cofi::SparseRows;
using cofi::View;

template <class T>
View<T> view_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.data_ptr<T>(), static_cast<std::size_t>(tensor.numel())};
}

Moment moment_at(const TimeFeatures& times, std::int32_t user, View<std::int64_t> seconds,
                 std::size_t n, std::vector<std::int32_t>& windows) {
  return times.any() ? times.at(user, seconds[n], windows) : Moment();
}

// [n x factors]: the implicit sum of each rating's user.
at::Tensor implicit_sums(const at::Tensor& implicit_factors, const SparseRows& rated,
                         View<std::int32_t> users) {
  std::map<std::int32_t, std::int64_t> places;
  std::vector<std::int64_t> ids, owners, own;
  std::vector<float> norms;
  for (const std::int32_t user : users) {
    const auto [found, is_new] = places.emplace(user, static_cast<std::int64_t>(places.size()));
    own.push_back(found->second);
    if (!is_new) continue;
    for (const auto& entry : rated.row(user)) {
      ids.push_back(entry.id);
      owners.push_back(found->second);
    }
    norms.push_back(1 / std::sqrt(std::max(1.0F, static_cast<float>(rated.row(user).size()))));
  }
  const auto device = implicit_factors.device();
  const auto count = static_cast<std::int64_t>(places.size());
  const at::Tensor rows = at::index_select(implicit_factors, 0, at::tensor(ids).to(device));
  const at::Tensor sums =
      at::index_add(at::zeros({count, implicit_factors.size(1)}, implicit_factors.options()), 0,
                    at::tensor(owners).to(device), rows) *
      at::tensor(norms).to(device).unsqueeze(1);
  return at::index_select(sums, 0, at::tensor(own).to(device));
}

// A batch's fused gradient: what its users' ratings leave for the items and the implicit factors.
class Fused {
 public:
  Fused(const Tables& tables, const TimeFeatures& times, const SparseRows& rated,
        const cofi::Batch& batch, const std::vector<std::int64_t>& places, cofi::RowGradients& out)
      : tables_(tables),
        times_(times),
        rated_(rated),
        users_(view_of<std::int32_t>(batch.users)),
        items_(view_of<std::int32_t>(batch.items)),
        values_(view_of<float>(batch.values)),
        seconds_(view_of<std::int64_t>(batch.times)),
        out_(out),
        slopes_(users_.size()),
        scales_(users_.size()),
        bins_(users_.size()),
        sides_(users_.size() * static_cast<std::size_t>(tables.stride())),
        implicit_gradients_(out.users.rows.size() * static_cast<std::size_t>(tables.stride())) {
    gradients_.parts.resize(tables.parts.size());
    for (std::size_t part = 0; part < places.size(); ++part) {
      if (places[part] < 0) continue;
      at::Tensor& gradient = out.gradients[static_cast<std::size_t>(places[part])];
      gradients_.parts[part] = {gradient.data_ptr<float>(), gradient.stride(0),
                                tables.parts[part].width};
    }
  }

  // What belongs to the m-th user; the sum of its ratings' losses.
  double user(std::size_t m) {
    const std::int32_t user = out_.users.rows[m];
    const auto stride = static_cast<std::size_t>(tables_.stride());
    std::vector<float> implicit(stride);
    std::vector<std::int32_t> windows;
    UserSide side;
    implicit_sum(tables_, rated_.row(user), implicit.data());
    double loss = 0;
    for (const std::int32_t position : group(out_.users, m)) {
      const auto p = static_cast<std::size_t>(position);
      const Moment moment = moment_at(times_, user, seconds_, p, windows);
      user_side(tables_, user, moment, implicit.data(), side);
      const float* q = tables_.factors(kItemFactors, items_[p]);
      const float item_bias = tables_.item_bias(items_[p], moment);
      const float error = side.bias + side.scale * item_bias +
                          cofi::kernels::dot(q, side.factors.data(), tables_.stride()) - values_[p];
      loss += out_.loss.value(error);
      const float slope = out_.loss.slope(error) * static_cast<float>(out_.scale);
      slopes_[p] = slope;
      scales_[p] = side.scale;
      bins_[p] = moment.bin;
      std::copy(side.factors.begin(), side.factors.end(), sides_.data() + p * stride);
      add(kUserBias, user, slope);
      add(kUserDrift, user, slope * moment.deviation);
      add(kUserScale, user, slope * item_bias);
      add(kUserFactors, user, slope, q);
      add(kUserFactorDrift, user, slope * moment.deviation, q);
      for (std::size_t k = 0; k < moment.windows.size(); ++k) {
        add(kWindowBias + k, moment.windows[k], slope);
      }
      if (!moment.windows.empty()) {
        add(kWindowScale, moment.windows[0], slope * item_bias);
        add(kWindowFactors, moment.windows[0], slope, q);
      }
    }
    // d loss / d (implicit sum) is that by the user's factors, with the sum's own norm.
    const float norm = 1 / std::sqrt(static_cast<float>(rated_.row(user).size()));
    float* own = implicit_gradients_.data() + m * stride;
    for (const std::int32_t position : group(out_.users, m)) {
      const float* q = tables_.factors(kItemFactors, items_[static_cast<std::size_t>(position)]);
      const float weight = norm * slopes_[static_cast<std::size_t>(position)];
      for (std::size_t c = 0; c < stride; ++c) own[c] = std::fma(weight, q[c], own[c]);
    }
    return loss;
  }

  // What belongs to the m-th item.
  void item(std::size_t m) {
    const std::int32_t item = out_.items.rows[m];
    for (const std::int32_t position : group(out_.items, m)) {
      const auto p = static_cast<std::size_t>(position);
      add(kItemBias, item, slopes_[p] * scales_[p]);
      if (bins_[p] >= 0) {
        add(kItemBinBias, item * tables_.bins + bins_[p], slopes_[p] * scales_[p]);
      }
      add(kItemFactors, item, slopes_[p],
          sides_.data() + p * static_cast<std::size_t>(tables_.stride()));
    }
  }

  // The implicit factors of the items [begin, end), user by user.
  void implicit(std::int64_t begin, std::int64_t end) {
    for (std::size_t m = 0; m < out_.users.rows.size(); ++m) {
      const auto rated = rated_.row(out_.users.rows[m]);
      const float* own =
          implicit_gradients_.data() + m * static_cast<std::size_t>(tables_.stride());
      const auto* entry =
          std::lower_bound(rated.begin(), rated.end(), begin,
                           [](const auto& e, std::int64_t id) { return e.id < id; });
      for (; entry != rated.end() && entry->id < end; ++entry) {
        add(kImplicitFactors, entry->id, 1, own);
      }
    }
  }

 private:
  static View<std::int32_t> group(const cofi::BatchRows& side, std::size_t m) {
    const auto start = static_cast<std::size_t>(side.starts[m]);
    return side.order.slice(start, static_cast<std::size_t>(side.starts[m + 1]) - start);
  }

  void add(std::size_t part, std::int64_t row, float gradient) {
    if (gradients_.has(part)) gradients_.bias(part, row) += gradient;
  }
  void add(std::size_t part, std::int64_t row, float weight, const float* __restrict other) {
    if (!gradients_.has(part)) return;
    float* __restrict values = gradients_.factors(part, row);
    const std::int64_t width = gradients_.parts[part].width;
    for (std::int64_t c = 0; c < width; ++c) values[c] = std::fma(weight, other[c], values[c]);
  }

  const Tables& tables_;
  Tables gradients_;
  const TimeFeatures& times_;
  const SparseRows& rated_;
  View<std::int32_t> users_, items_;
  View<float> values_;
  View<std::int64_t> seconds_;
  cofi::RowGradients& out_;
  std::vector<float> slopes_, scales_;     // [n] d loss / d prediction; the user's scale
  std::vector<std::int32_t> bins_;         // [n]
  std::vector<float> sides_;               // [n x stride] the users' factors at the moment
  std::vector<float> implicit_gradients_;  // [users of the batch x stride]
};

}  // namespace

at::Tensor forward(const std::vector<at::Tensor>& tables, double mean, const TimeFeatures& times,
                   const SparseRows& rated, const cofi::Batch& batch) {
  const auto device = batch.users.device();
  const at::Tensor users = batch.users.cpu(), items = batch.items.cpu();
  const at::Tensor seconds = batch.times.defined() ? batch.times.cpu() : at::Tensor();
  const auto user_ids = view_of<std::int32_t>(users), item_ids = view_of<std::int32_t>(items);
  std::vector<float> deviations;
  std::vector<std::int64_t> cells;
  std::vector<std::vector<std::int64_t>> rows(times.options().windows.size());
  std::vector<std::int32_t> windows;
  for (std::size_t n = 0; n < user_ids.size(); ++n) {
    const Moment moment = moment_at(times, user_ids[n], view_of<std::int64_t>(seconds), n, windows);
    deviations.push_back(moment.deviation);
    cells.push_back(item_ids[n] * times.options().bins + moment.bin);
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k].push_back(windows[k]);
  }
  const at::Tensor deviation = at::tensor(deviations).to(device);
  // The rows of a part that the ratings are of.
  const auto take = [&](std::size_t part, const at::Tensor& ids) {
    return at::index_select(tables[part], 0, ids);
  };
  const auto window = [&](std::size_t k) { return at::tensor(rows[k]).to(device); };

  at::Tensor factors =
      take(kUserFactors, batch.users) + implicit_sums(tables[kImplicitFactors], rated, user_ids);
  at::Tensor bias = take(kUserBias, batch.users) + mean;
  at::Tensor item_bias = take(kItemBias, batch.items);
  if (tables[kItemBinBias].defined()) {
    item_bias = item_bias + take(kItemBinBias, at::tensor(cells).to(device));
  }
  if (tables[kUserDrift].defined()) bias = bias + take(kUserDrift, batch.users) * deviation;
  if (tables[kUserFactorDrift].defined()) {
    factors = factors + take(kUserFactorDrift, batch.users) * deviation.unsqueeze(1);
  }
  if (tables[kWindowFactors].defined()) factors = factors + take(kWindowFactors, window(0));
  for (std::size_t k = 0; k < rows.size(); ++k) bias = bias + take(kWindowBias + k, window(k));
  at::Tensor scaled = item_bias;
  if (tables[kUserScale].defined()) scaled = scaled + take(kUserScale, batch.users) * item_bias;
  if (tables[kWindowScale].defined()) scaled = scaled + take(kWindowScale, window(0)) * item_bias;
  return bias + scaled + (take(kItemFactors, batch.items) * factors).sum(1);
}

double add_gradient(const Tables& tables, const TimeFeatures& times, const SparseRows& rated,
                    const cofi::Batch& batch, const std::vector<std::int64_t>& places,
                    cofi::RowGradients& out) {
  Fused fused(tables, times, rated, batch, places, out);
  constexpr std::int64_t kGrain = 16;
  const double loss = cofi::parallel_reduce(
      out.pool, static_cast<std::int64_t>(out.users.rows.size()), kGrain, 0.0,
      [&](std::int64_t begin, std::int64_t end) {
        double sum = 0;
        for (auto m = begin; m < end; ++m) sum += fused.user(static_cast<std::size_t>(m));
        return sum;
      },
      std::plus<>());
  cofi::parallel_for(out.pool, static_cast<std::int64_t>(out.items.rows.size()), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (auto m = begin; m < end; ++m) fused.item(static_cast<std::size_t>(m));
                     });
  // Few blocks: each looks for its items among those of every user.
  const std::int64_t items = out.gradients[static_cast<std::size_t>(places[kItemBias])].size(0);
  cofi::parallel_for(out.pool, items, std::max<std::int64_t>(64, items / 8),
                     [&](std::int64_t begin, std::int64_t end) { fused.implicit(begin, end); });
  return loss;
}

}  // namespace time_svdpp
