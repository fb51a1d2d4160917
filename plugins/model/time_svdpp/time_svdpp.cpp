// SVD++ whose biases and user factors move with time. See README.md beside this file.
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/ridge.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/parallel.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

#include "batch_gradient.hpp"
#include "sequential.hpp"
#include "tables.hpp"
#include "time_features.hpp"

namespace {

using cofi::View;
using cofi::kernels::RowTable;
using time_svdpp::Moment;
using time_svdpp::Part;
using time_svdpp::Tables;
using time_svdpp::UserSide;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of the factor vectors."),
    cofi::integer("item_bins", "30", 0, 100000, "Bins of time that items have a bias in; 0: none."),
    cofi::boolean("user_drift", "true", "User biases move with time: alpha_u dev_u(t)."),
    cofi::boolean("factor_drift", "true", "User factors move with time: alpha_uk dev_u(t)."),
    cofi::real("beta", "0.4", 0.01, 2, "dev_u(t): days from the user's mean time, to this power."),
    cofi::list_of(cofi::integer("windows", "[86400]", 1, 1e9,
                                "Lengths, in seconds, of windows that users have a bias in.")),
    cofi::boolean("user_scale", "false", "Item biases are scaled by a factor c_u of the user."),
    cofi::boolean("window_scale", "false", "The same of each window of the first length."),
    cofi::boolean("window_factors", "false", "User factors of each window of the first length."),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: the optimizer steps for batches; sequential: sgd, a rating at a time."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency: over the square root of the row's ratings (sequential only)."),
    cofi::real("init_deviation", "0.05", 0, 10, "Standard deviation of initial p_u and q_i."),
    cofi::real("reg_user_bias", "null", 0, 1e9, "Regularization of b_u (weight_decay)."),
    cofi::real("reg_user_drift", "null", 0, 1e9, "Regularization of alpha_u (weight_decay)."),
    cofi::real("reg_user_scale", "null", 0, 1e9, "Regularization of c_u - 1 (weight_decay)."),
    cofi::real("reg_window_scale", "null", 0, 1e9, "Regularization of c_uw (weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9, "Regularization of b_i (weight_decay)."),
    cofi::real("reg_item_bins", "null", 0, 1e9, "Regularization of b_i,bin (weight_decay)."),
    cofi::real("reg_user_factors", "null", 0, 1e9, "Regularization of p_u (weight_decay)."),
    cofi::real("reg_factor_drift", "null", 0, 1e9, "Regularization of alpha_uk (weight_decay)."),
    cofi::real("reg_window_factors", "null", 0, 1e9, "Regularization of p_uw (weight_decay)."),
    cofi::real("reg_item_factors", "null", 0, 1e9, "Regularization of q_i (weight_decay)."),
    cofi::real("reg_implicit", "null", 0, 1e9, "Regularization of y_j (weight_decay)."),
    cofi::list_of(cofi::real("reg_windows", "null", 0, 1e9,
                             "Regularization of b_uw, one a length of windows (weight_decay).")),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Ridge penalty of the bias and factors of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

// Of a part: its table's name, its regularization's, whose rows it has, and whether they are
// vectors. Rows of windows, and of bins, are nobody's for the framework.
struct PartRow {
  const char *name, *regularization;
  cofi::Rows rows;
  bool vectors;
};
constexpr PartRow kPartRows[] = {
    {"user_bias", "reg_user_bias", cofi::Rows::kUsers, false},
    {"user_drift", "reg_user_drift", cofi::Rows::kUsers, false},
    {"user_scale", "reg_user_scale", cofi::Rows::kUsers, false},
    {"window_scale", "reg_window_scale", cofi::Rows::kShared, false},
    {"item_bias", "reg_item_bias", cofi::Rows::kItems, false},
    {"item_bin_bias", "reg_item_bins", cofi::Rows::kShared, false},
    {"user_factors", "reg_user_factors", cofi::Rows::kUsers, true},
    {"user_factor_drift", "reg_factor_drift", cofi::Rows::kUsers, true},
    {"window_factors", "reg_window_factors", cofi::Rows::kShared, true},
    {"item_factors", "reg_item_factors", cofi::Rows::kItems, true},
    // A step for a rating moves rows of items that are not in the batch.
    {"implicit_factors", "reg_implicit", cofi::Rows::kShared, true},
};

time_svdpp::TimeOptions time_options(const cofi::Params& params) {
  time_svdpp::TimeOptions options;
  options.bins = params.integer("item_bins");
  options.deviations = params.boolean("user_drift") || params.boolean("factor_drift");
  options.beta = params.real("beta");
  options.windows = params.integers("windows");
  return options;
}

// The table on the CPU with padded rows, as loops want it: itself where it is that already.
at::Tensor on_cpu(const at::Tensor& table) {
  return table.dim() == 1 ? table.cpu() : cofi::kernels::padded_on_cpu(table);
}

class TimeSvdpp final : public cofi::GradientModel {
 public:
  explicit TimeSvdpp(const cofi::Params& params)
      : factors_(params.integer("factors")),
        times_(time_options(params)),
        sequential_(params.text("solver") == "sequential"),
        by_frequency_(params.text("reg_scale") == "frequency"),
        init_deviation_(params.real("init_deviation")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")) {
    check(params);
    const std::vector<std::int64_t>& windows = times_.options().windows;
    tables_.resize(time_svdpp::kWindowBias + windows.size());
    regularization_.resize(tables_.size());
    const auto add = [&](std::size_t part) { tables_[part] = at::empty({0}, at::kFloat); };
    for (const Part part : {time_svdpp::kUserBias, time_svdpp::kItemBias, time_svdpp::kUserFactors,
                            time_svdpp::kItemFactors, time_svdpp::kImplicitFactors}) {
      add(part);
    }
    if (params.boolean("user_drift")) add(time_svdpp::kUserDrift);
    if (params.boolean("factor_drift")) add(time_svdpp::kUserFactorDrift);
    if (params.boolean("user_scale")) add(time_svdpp::kUserScale);
    if (params.boolean("window_scale")) add(time_svdpp::kWindowScale);
    if (params.boolean("window_factors")) add(time_svdpp::kWindowFactors);
    if (times_.options().bins > 0) add(time_svdpp::kItemBinBias);
    for (std::size_t part = 0; part < time_svdpp::kWindowBias; ++part) {
      const char* name = kPartRows[part].regularization;
      if (params.has(name)) regularization_[part] = params.real(name);
    }
    for (std::size_t k = 0; k < windows.size(); ++k) {
      add(time_svdpp::kWindowBias + k);
      if (params.has("reg_windows")) {
        regularization_[time_svdpp::kWindowBias + k] = params.reals("reg_windows")[k];
      }
    }
  }

  bool reads_times() const override { return times_.any(); }
  bool runs_passes() const override { return sequential_; }

  void setup(const cofi::FitContext& context) override {
    if (context.train.size() == 0) {
      throw cofi::Error("model/time_svdpp: there are no training ratings to learn from");
    }
    train_mean_ = context.train.mean();
    clip_.take(context.scale);
    times_.learn(context.train, context.users);
    rated_ = cofi::rows_by_user(context.train, context.users, context.pool);
    const cofi::Random init = context.random.stream("init");
    for (std::size_t part = 0; part < tables_.size(); ++part) {
      if (!tables_[part].defined()) continue;
      const std::int64_t rows = rows_of(part, context.users, context.items);
      const bool vectors = part < time_svdpp::kWindowBias && kPartRows[part].vectors;
      const bool drawn = part == time_svdpp::kUserFactors || part == time_svdpp::kItemFactors;
      const at::Tensor table =
          drawn     ? cofi::kernels::random_rows(rows, factors_, true, init_deviation_,
                                                 init.stream(kPartRows[part].name), context.pool)
          : vectors ? cofi::kernels::padded_rows(rows, factors_)
                    : at::zeros({rows}, at::kFloat);
      tables_[part] = context.device.is_cpu() ? table : table.to(context.device);
    }
    if (!sequential_) return;
    ratings_ = time_svdpp::TrainingRatings(context.train, context.users, times_);
    weights_ = time_svdpp::inverse_roots(view(), ratings_, context.items, times_);
  }

  std::vector<cofi::Parameter> parameters() override {
    std::vector<cofi::Parameter> all;
    for (std::size_t part = 0; part < tables_.size(); ++part) {
      if (!tables_[part].defined()) continue;
      const bool windows = part >= time_svdpp::kWindowBias;
      all.push_back({windows ? window_name(part) : kPartRows[part].name, tables_[part],
                     windows ? cofi::Rows::kShared : kPartRows[part].rows, regularization_[part]});
    }
    return all;
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    return time_svdpp::forward(tables_, train_mean_, times_, rated_, batch);
  }

  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    if (!tables_[0].is_cpu()) return false;
    loss_sum = time_svdpp::add_gradient(view(), times_, rated_, batch, indices(), out);
    return true;
  }

  double pass(const cofi::SgdPass& pass) override {
    time_svdpp::Penalties penalties = weights_;
    for (std::size_t part = 0; part < tables_.size(); ++part) {
      const auto penalty = static_cast<float>(regularization_[part].value_or(pass.weight_decay));
      for (float& each : penalties[part]) each = by_frequency_ ? penalty * each : penalty;
    }
    return time_svdpp::sequential_pass(view(), ratings_, rated_, penalties, pass);
  }

  void predict(const cofi::Query& query, float* out) const override {
    const std::vector<at::Tensor> kept = cpu_tables();
    const Tables tables = view_of(kept);
    std::vector<float> implicit(static_cast<std::size_t>(tables.stride()));
    std::vector<std::int32_t> windows;
    UserSide side;
    std::int32_t loaded = -1;
    for (const std::int32_t n : cofi::order_by(query.users)) {
      const auto at = static_cast<std::size_t>(n);
      const std::int32_t user = query.users[at], item = query.items[at];
      if (user != loaded) implicit_sum(tables, rated_.row(loaded = user), implicit.data());
      const Moment moment = moment_of(query, at, windows);
      user_side(tables, user, moment, implicit.data(), side);
      float value = side.bias + side.scale * tables.item_bias(item, moment);
      if (item >= 0) {
        value += cofi::kernels::dot(tables.factors(time_svdpp::kItemFactors, item),
                                    side.factors.data(), tables.stride());
      }
      out[at] = clip_(value);
    }
  }

  // The users' sides as a table of factors, whose scores lack the items' biases alone.
  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    const std::vector<at::Tensor> kept = cpu_tables();
    const Tables tables = view_of(kept);
    const auto count = static_cast<std::int64_t>(users.size());
    const at::Tensor sides = cofi::kernels::padded_rows(count, factors_);
    const RowTable side_rows = cofi::kernels::row_table(sides);
    std::vector<float> biases(users.size()), implicit(static_cast<std::size_t>(tables.stride()));
    const std::vector<float> no_biases(static_cast<std::size_t>(items));
    std::vector<std::int32_t> rows(users.size()), windows;
    std::vector<UserSide> asked(users.size());
    std::vector<Moment> bins;  // of the items' biases
    for (std::size_t n = 0; n < users.size(); ++n) {
      if (users[n] >= 0) implicit_sum(tables, rated_.row(users[n]), implicit.data());
      const Moment moment = moment_of({users, {}, times}, n, windows);
      bins.push_back({moment.bin});
      user_side(tables, users[n], moment, implicit.data(), asked[n]);
      biases[n] = asked[n].bias;
      std::copy(asked[n].factors.begin(), asked[n].factors.end(),
                side_rows.row(static_cast<std::int64_t>(n)));
      rows[n] = static_cast<std::int32_t>(n);
    }
    cofi::kernels::scores(
        {0, biases.data(), no_biases.data(), side_rows, tables.parts[time_svdpp::kItemFactors]},
        rows, items, out);
    for (std::size_t n = 0; n < users.size(); ++n) {
      float* scores = out + n * static_cast<std::size_t>(items);
      for (std::int32_t item = 0; item < items; ++item) {
        scores[item] = clip_(scores[item] + asked[n].scale * tables.item_bias(item, bins[n]));
      }
    }
  }

  // The static bias and factors by ridge regression on the user's ratings, all else as it is: what
  // it has rated makes its implicit sum; it neither drifts nor has windows.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (!tables_[0].is_cpu()) return false;
    const Tables tables = view();
    const std::int32_t users = rated_.size();
    cofi::replace_rows(rated_, cofi::rows_by_user(rows, users, pool));
    const cofi::Grouping by_user = cofi::group_by(rows.users, users);
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(pool, users, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (auto user = static_cast<std::int32_t>(begin); user < end; ++user) {
        if (!by_user.group(user).empty()) fold_in(tables, rows, by_user.group(user), user);
      }
    });
    return true;
  }

  void state(cofi::Archive& archive) override {
    clip_.state(archive);
    times_.state(archive);
    cofi::rows_state(archive, "rated", rated_);
    parameters_state(archive);
    if (!archive.reading()) return;
    for (at::Tensor& table : tables_) {
      if (table.defined() && table.is_cpu()) table = on_cpu(table);
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    const std::vector<at::Tensor> kept = cpu_tables();
    const Tables tables = view_of(kept);
    cofi::Explanation why;
    why.add("mean", tables.mean);
    if (user >= 0) why.add("user bias", tables.bias(time_svdpp::kUserBias, user));
    if (item >= 0) why.add("item bias", tables.bias(time_svdpp::kItemBias, item));
    if (user >= 0 && item >= 0) explain(tables, user, item, why);
    clip_.explain(why);
    return why;
  }

 private:
  void check(const cofi::Params& params) const {
    const std::vector<std::int64_t>& windows = params.integers("windows");
    if (std::set<std::int64_t>(windows.begin(), windows.end()).size() < windows.size()) {
      throw params.error("windows", "has a length twice; each window needs one bias only");
    }
    if (params.has("reg_windows") && params.reals("reg_windows").size() != windows.size()) {
      throw params.error("reg_windows", "has " +
                                            std::to_string(params.reals("reg_windows").size()) +
                                            " values for " + std::to_string(windows.size()) +
                                            " lengths of windows; give one for each");
    }
    for (const char* name : {"window_scale", "window_factors"}) {
      if (params.boolean(name) && windows.empty()) {
        throw params.error(name, "is of the first of windows, and there is none");
      }
    }
    if (by_frequency_ && !sequential_) {
      throw params.error("reg_scale",
                         "frequency needs solver: sequential; an optimizer decays "
                         "all rows of a table alike");
    }
  }

  std::string window_name(std::size_t part) const {
    return "window_bias_" +
           std::to_string(times_.options().windows[part - time_svdpp::kWindowBias]);
  }

  std::int64_t rows_of(std::size_t part, std::int64_t users, std::int64_t items) const {
    if (part >= time_svdpp::kWindowBias) return times_.window_rows(part - time_svdpp::kWindowBias);
    if (part == time_svdpp::kItemBinBias) return items * times_.options().bins;
    if (part == time_svdpp::kImplicitFactors) return items;
    if (kPartRows[part].rows == cofi::Rows::kShared) return times_.window_rows(0);
    return kPartRows[part].rows == cofi::Rows::kUsers ? users : items;
  }

  Tables view_of(const std::vector<at::Tensor>& tables) const {
    Tables view{static_cast<float>(train_mean_), times_.options().bins, {}};
    for (const at::Tensor& table : tables) {
      view.parts.push_back(!table.defined()   ? RowTable()
                           : table.dim() == 1 ? RowTable{table.data_ptr<float>(), 1, 1}
                                              : cofi::kernels::row_table(table));
    }
    return view;
  }
  Tables view() const { return view_of(tables_); }

  std::vector<at::Tensor> cpu_tables() const {
    std::vector<at::Tensor> kept = tables_;
    for (at::Tensor& table : kept) {
      if (table.defined()) table = on_cpu(table);
    }
    return kept;
  }

  // Where each part stands in parameters(); -1 where it does not.
  std::vector<std::int64_t> indices() const {
    std::vector<std::int64_t> places;
    std::int64_t next = 0;
    for (const at::Tensor& table : tables_) places.push_back(table.defined() ? next++ : -1);
    return places;
  }

  Moment moment_of(const cofi::Query& query, std::size_t n,
                   std::vector<std::int32_t>& windows) const {
    if (query.times.empty() || !times_.any()) return {};
    return times_.at(query.users[n], query.times[n], windows);
  }

  void fold_in(const Tables& tables, const cofi::Interactions& rows, View<std::int32_t> own,
               std::int32_t user) const {
    const auto width = static_cast<std::size_t>(factors_);
    std::vector<float> implicit(static_cast<std::size_t>(tables.stride()));
    implicit_sum(tables, rated_.row(user), implicit.data());
    cofi::kernels::Ridge ridge(width + 1);
    std::vector<double> row(width + 1, 1.0);
    std::vector<std::int32_t> windows;
    for (const std::int32_t n : own) {
      const auto at = static_cast<std::size_t>(n);
      const std::int32_t item = rows.items[at];
      const float* q = tables.factors(time_svdpp::kItemFactors, item);
      std::copy(q, q + width, row.begin());
      const Moment moment = moment_of({rows.users, rows.items, rows.times}, at, windows);
      ridge.add(row.data(), double{rows.values[at]} - train_mean_ - tables.item_bias(item, moment) -
                                cofi::kernels::dot(q, implicit.data(), tables.stride()));
    }
    const std::vector<double> solved = ridge.solve(fold_in_reg_);
    std::copy(solved.begin(), solved.end() - 1, tables.factors(time_svdpp::kUserFactors, user));
    tables.bias(time_svdpp::kUserBias, user) = static_cast<float>(solved[width]);
    for (const Part part : {time_svdpp::kUserDrift, time_svdpp::kUserScale}) {
      if (tables.has(part)) tables.bias(part, user) = 0;
    }
    if (tables.has(time_svdpp::kUserFactorDrift)) {
      std::fill_n(tables.factors(time_svdpp::kUserFactorDrift, user), width, 0.0F);
    }
  }

  // What both have part in: their factors, and each item that the user has rated.
  void explain(const Tables& tables, std::int32_t user, std::int32_t item,
               cofi::Explanation& why) const {
    if (tables.has(time_svdpp::kUserScale)) {
      why.add("user scale", double{tables.bias(time_svdpp::kUserScale, user)} *
                                tables.bias(time_svdpp::kItemBias, item));
    }
    const float* q = tables.factors(time_svdpp::kItemFactors, item);
    why.add("factors",
            cofi::kernels::dot(q, tables.factors(time_svdpp::kUserFactors, user), tables.stride()));
    const auto rated = rated_.row(user);
    const double norm = 1 / std::sqrt(static_cast<double>(rated.size()));
    for (const auto& entry : rated) {
      const float* y = tables.factors(time_svdpp::kImplicitFactors, entry.id);
      why.add("rated", norm * cofi::kernels::dot(q, y, tables.stride()), cofi::Rows::kItems,
              entry.id);
    }
  }

  std::int64_t factors_;
  time_svdpp::TimeFeatures times_;
  bool sequential_, by_frequency_;
  double init_deviation_, fold_in_reg_;
  cofi::Clipping clip_;

  std::vector<at::Tensor> tables_;  // by Part; undefined where the model has no such part
  std::vector<std::optional<double>> regularization_;  // by Part
  cofi::SparseRows rated_;                             // N(u) and its ratings

  // Of solver: sequential.
  time_svdpp::TrainingRatings ratings_;
  time_svdpp::Penalties weights_;  // 1 / sqrt(ratings) of each row
};

}  // namespace

COFI_PLUGIN(cofi::Model, TimeSvdpp, "time_svdpp", "1.0.0",
            "SVD++ whose biases and user factors move with time.", kParams)
