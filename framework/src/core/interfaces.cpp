// The interfaces' destructors and defaults: here, so that each type has one vtable and one
// type_info in the process.
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

Monitor::~Monitor() = default;
void Monitor::progress(const std::string&, std::int64_t, std::int64_t) {}
void Monitor::epoch_done(Model&, const EpochReport&) {}
std::optional<double> Monitor::validate(Model&, std::int64_t) { return std::nullopt; }
bool Monitor::stop_requested() { return false; }
void Monitor::save_checkpoint(const Archive&) {}
std::optional<Archive> Monitor::load_checkpoint() { return std::nullopt; }

}  // namespace cofi
