// Averages of clusters of users and of items. See README.md beside this file.
#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("user_clusters", "3", 1, 10000, "Number of clusters of users."),
    cofi::integer("item_clusters", "3", 1, 10000, "Number of clusters of items."),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

using cofi::SparseRows;

constexpr std::int64_t kGrain = 64;  // rows that a thread assigns at a time

// The users, or the items: what is known of each, and their clusters.
struct Side {
  std::int64_t clusters = 1;
  std::vector<std::int32_t> cluster;  // [rows] -1 without ratings
  std::vector<double> mean;           // [rows] of the row's ratings
  std::vector<double> cluster_mean;   // [clusters] of its rows' ratings

  bool knows(std::int32_t id) const { return id >= 0 && cluster[index(id)] >= 0; }
  // How far the row's ratings are above those of a cluster.
  double deviation(std::int32_t id, std::int32_t in) const {
    return mean[index(id)] - cluster_mean[index(in)];
  }
  double deviation(std::int32_t id) const { return deviation(id, cluster[index(id)]); }

  static std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }
};

class CoClustering final : public cofi::IterativeModel {
 public:
  explicit CoClustering(const cofi::Params& params) : clip_(params.boolean("clip")) {
    user_.clusters = params.integer("user_clusters");
    item_.clusters = params.integer("item_clusters");
  }

  void begin(const cofi::FitContext& context) override {
    if (context.train.size() == 0) {
      throw cofi::Error("model/co_clustering: there are no training ratings to learn from");
    }
    pool_ = &context.pool;
    mean_ = context.train.mean();
    clip_.take(context.scale);
    by_user_ = cofi::rows_by_user(context.train, context.users, context.pool);
    by_item_ = cofi::rows_by_item(context.train, context.items, context.pool);
    const cofi::Random init = context.random.stream("init");
    start(user_, by_user_, "user", init.stream("users"));
    start(item_, by_item_, "item", init.stream("items"));
    average();
  }

  // Users to their best clusters, then items, by the averages before; then the averages anew.
  double epoch(std::int64_t) override {
    assign(by_user_, user_, item_, false);
    assign(by_item_, item_, user_, true);
    average();
    const double squares = cofi::parallel_reduce(
        *pool_, by_user_.size(), kGrain, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          double sum = 0;
          for (auto user = static_cast<std::int32_t>(begin); user < end; ++user) {
            for (const SparseRows::Entry& rating : by_user_.row(user)) {
              const double error = rating.value - value(user, rating.id);
              sum += error * error;
            }
          }
          return sum;
        },
        std::plus<>());
    return squares / static_cast<double>(by_user_.entries.size());
  }

  void end() override { by_user_ = by_item_ = SparseRows(); }

  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) {
      out[n] = static_cast<float>(clip_(value(query.users[n], query.items[n])));
    }
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    for (const std::int32_t user : users) {
      for (std::int32_t item = 0; item < items; ++item)
        *out++ = static_cast<float>(clip_(value(user, item)));
    }
  }

  // The user's mean, and its best cluster by the averages as they are.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const SparseRows own =
        cofi::rows_by_user(rows, static_cast<std::int32_t>(user_.cluster.size()), pool);
    for (std::int32_t user = 0; user < own.size(); ++user) {
      if (own.row(user).empty()) continue;
      user_.mean[Side::index(user)] = mean_of(own.row(user));
      user_.cluster[Side::index(user)] = best_cluster(own.row(user), user, user_, item_, false);
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    archive("block_mean", block_mean_);
    for (Side* side : {&user_, &item_}) {
      cofi::Archive own = archive.child(side == &user_ ? "users" : "items");
      own("cluster", side->cluster);
      own("mean", side->mean);
      own("cluster_mean", side->cluster_mean);
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    const bool user_known = user_.knows(user), item_known = item_.knows(item);
    if (user_known && item_known) {
      why.add("co-cluster",
              block(user_.cluster[Side::index(user)], item_.cluster[Side::index(item)]));
      why.add("user", user_.deviation(user));
      why.add("item", item_.deviation(item));
    } else if (user_known) {
      why.add("user mean", value(user, item));
    } else if (item_known) {
      why.add("item mean", value(user, item));
    } else {
      why.add("mean", mean_);
    }
    clip_.explain(why);
    return why;
  }

 private:
  static double mean_of(cofi::View<SparseRows::Entry> row) {
    double sum = 0;
    for (const SparseRows::Entry& entry : row) sum += entry.value;
    return sum / static_cast<double>(row.size());
  }

  // Random clusters, each row's from a stream of its own.
  static void start(Side& side, const SparseRows& rows, const std::string& what,
                    const cofi::Random& random) {
    const auto size = static_cast<std::size_t>(rows.size());
    if (side.clusters > rows.size()) {
      throw cofi::Error("model/co_clustering: ", what, "_clusters is ", side.clusters,
                        ", and there are ", rows.size(), " ", what, "s to divide; lower it");
    }
    side.cluster.assign(size, -1);
    side.mean.assign(size, 0.0);
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      if (rows.row(row).empty()) continue;
      cofi::Random own = random.stream(static_cast<std::uint64_t>(row));
      side.cluster[Side::index(row)] =
          static_cast<std::int32_t>(own.below(static_cast<std::uint64_t>(side.clusters)));
      side.mean[Side::index(row)] = mean_of(rows.row(row));
    }
  }

  double block(std::int32_t user_cluster, std::int32_t item_cluster) const {
    return block_mean_[Side::index(user_cluster) * static_cast<std::size_t>(item_.clusters) +
                       Side::index(item_cluster)];
  }

  double value(std::int32_t user, std::int32_t item) const {
    const bool user_known = user_.knows(user), item_known = item_.knows(item);
    if (user_known && item_known) {
      return block(user_.cluster[Side::index(user)], item_.cluster[Side::index(item)]) +
             user_.deviation(user) + item_.deviation(item);
    }
    return user_known   ? user_.mean[Side::index(user)]
           : item_known ? item_.mean[Side::index(item)]
                        : mean_;
  }

  // The cluster of the row's side in which its ratings have the least squared error; the first of
  // equal ones. `turned`: the row is an item.
  std::int32_t best_cluster(cofi::View<SparseRows::Entry> row, std::int32_t id, const Side& side,
                            const Side& other, bool turned) const {
    double least = std::numeric_limits<double>::infinity();
    std::int32_t best = 0;
    for (std::int32_t c = 0; c < static_cast<std::int32_t>(side.clusters); ++c) {
      const double own = side.deviation(id, c);
      double squares = 0;
      for (const SparseRows::Entry& rating : row) {
        const std::int32_t across = other.cluster[Side::index(rating.id)];
        if (across < 0) continue;  // an item that training has not seen, of a user folded in
        const double error = rating.value - own - other.deviation(rating.id) -
                             (turned ? block(across, c) : block(c, across));
        squares += error * error;
      }
      if (squares < least) {
        least = squares;
        best = c;
      }
    }
    return best;
  }

  void assign(const SparseRows& rows, Side& side, const Side& other, bool turned) const {
    cofi::parallel_for(*pool_, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (auto id = static_cast<std::int32_t>(begin); id < end; ++id) {
        if (rows.row(id).empty()) continue;
        side.cluster[Side::index(id)] = best_cluster(rows.row(id), id, side, other, turned);
      }
    });
  }

  // The means of the ratings of co-clusters and clusters; the global one where there are none.
  void average() {
    const auto users = static_cast<std::size_t>(user_.clusters);
    const auto items = static_cast<std::size_t>(item_.clusters);
    std::vector<double> sums(users * items), counts(users * items);
    for (std::int32_t user = 0; user < by_user_.size(); ++user) {
      for (const SparseRows::Entry& rating : by_user_.row(user)) {
        const std::size_t at = Side::index(user_.cluster[Side::index(user)]) * items +
                               Side::index(item_.cluster[Side::index(rating.id)]);
        sums[at] += rating.value;
        counts[at] += 1;
      }
    }
    std::vector<double> user_sums(users), user_counts(users), item_sums(items), item_counts(items);
    for (std::size_t u = 0; u < users; ++u) {
      for (std::size_t i = 0; i < items; ++i) {
        user_sums[u] += sums[u * items + i];
        user_counts[u] += counts[u * items + i];
        item_sums[i] += sums[u * items + i];
        item_counts[i] += counts[u * items + i];
      }
    }
    block_mean_ = quotients(sums, counts);
    user_.cluster_mean = quotients(user_sums, user_counts);
    item_.cluster_mean = quotients(item_sums, item_counts);
  }
  std::vector<double> quotients(std::vector<double> sums, const std::vector<double>& counts) const {
    for (std::size_t n = 0; n < sums.size(); ++n) {
      sums[n] = counts[n] > 0 ? sums[n] / counts[n] : mean_;
    }
    return sums;
  }

  cofi::Clipping clip_;
  const cofi::ThreadPool* pool_ = nullptr;  // of the fit
  SparseRows by_user_, by_item_;            // of the fit
  double mean_ = 0;
  Side user_, item_;
  std::vector<double> block_mean_;  // [user clusters x item clusters]
};

}  // namespace

COFI_PLUGIN(cofi::Model, CoClustering, "co_clustering", "1.0.0",
            "Averages of co-clusters of users and items, and deviations from them.", kParams)
