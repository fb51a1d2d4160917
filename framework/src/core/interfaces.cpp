// The interfaces' destructors and defaults: here, so that each type has one vtable and one
// type_info in the process.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "cofi/dataset.hpp"
#include "cofi/metric.hpp"
#include "cofi/model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/progress.hpp"
#include "cofi/ranking.hpp"
#include "cofi/splitter.hpp"

namespace cofi {

Dataset::~Dataset() = default;
Splitter::~Splitter() = default;
Metric::~Metric() = default;
RankingMetric::~RankingMetric() = default;
Optimizer::~Optimizer() = default;
Model::~Model() = default;

void Model::score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
                  float* out) const {
  std::vector<std::int32_t> all(static_cast<std::size_t>(items));
  for (std::int32_t item = 0; item < items; ++item) all[static_cast<std::size_t>(item)] = item;
  std::vector<std::int32_t> user(all.size());
  std::vector<std::int64_t> time;
  for (std::size_t n = 0; n < users.size(); ++n) {
    user.assign(all.size(), users[n]);
    if (!times.empty()) time.assign(all.size(), times[n]);
    predict({user, all, time}, out + n * all.size());
  }
}

bool Model::fold_in(const Interactions&, const ThreadPool&) { return false; }

std::optional<Explanation> Model::explain(std::int32_t, std::int32_t) const { return std::nullopt; }

bool Model::similar_items(std::int32_t item, std::int32_t items, float* out) const {
  const at::NoGradGuard no_grad;
  at::Tensor table;
  // parameters() changes nothing: it is not const because trainers write through what it names.
  for (const Parameter& parameter : const_cast<Model&>(*this).parameters()) {
    const at::Tensor& value = parameter.value;
    if (parameter.rows != Rows::kItems || value.dim() != 2 || value.size(0) != items) continue;
    if (!table.defined() || value.size(1) > table.size(1)) table = value;
  }
  if (!table.defined() || table.size(1) < 2) return false;
  table = table.to(c10::kCPU).contiguous();
  const auto width = static_cast<std::size_t>(table.size(1));
  const float* rows = table.data_ptr<float>();
  const auto dot = [&](std::int32_t a, std::int32_t b) {
    const float* left = rows + static_cast<std::size_t>(a) * width;
    return std::inner_product(left, left + width, rows + static_cast<std::size_t>(b) * width, 0.0);
  };
  const double own = dot(item, item);
  for (std::int32_t other = 0; other < items; ++other) {
    const double norms = own * dot(other, other);
    out[other] = norms > 0 ? static_cast<float>(dot(item, other) / std::sqrt(norms)) : 0;
  }
  return true;
}

void Explanation::add(std::string name, double value, Rows of, std::int32_t id) {
  terms.push_back({std::move(name), value, of, id});
}

double Explanation::sum() const {
  double sum = 0;
  for (const Term& term : terms) sum += term.value;
  return sum;
}

Monitor::~Monitor() = default;
void Monitor::progress(const std::string&, std::int64_t, std::int64_t) {}
void Monitor::epoch_done(Model&, const EpochReport&) {}
std::optional<double> Monitor::validate(Model&, std::int64_t) { return std::nullopt; }
bool Monitor::evaluates(std::int64_t) const { return true; }
bool Monitor::stop_requested() { return false; }
void Monitor::save_checkpoint(const Archive&) {}
std::optional<Archive> Monitor::load_checkpoint() { return std::nullopt; }

}  // namespace cofi
