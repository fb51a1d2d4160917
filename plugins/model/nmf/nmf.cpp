// Non-negative factors of the known ratings. See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "15", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::boolean("biased", "false", "Add the mean and biases of users and items."),
    cofi::real("reg_user_factors", "0.06", 0, 1e9, "Penalty of user factors, times ratings."),
    cofi::real("reg_item_factors", "0.06", 0, 1e9, "Penalty of item factors, times ratings."),
    cofi::real("reg_user_bias", "null", 0, 1e9, "biased: damping of user biases (15)."),
    cofi::real("reg_item_bias", "null", 0, 1e9, "biased: damping of item biases (10)."),
    cofi::real("init_low", "0", 0, 10, "Lowest initial factor."),
    cofi::real("init_high", "1", 1e-9, 10, "Initial factors are below it."),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

using cofi::SparseRows;
using cofi::kernels::RowTable;

constexpr std::int64_t kGrain = 16;  // rows that a thread updates at a time
constexpr int kFoldInUpdates = 50;   // of a user who is folded in

class Nmf final : public cofi::IterativeModel {
 public:
  explicit Nmf(const cofi::Params& params)
      : factors_(params.integer("factors")),
        biased_(params.boolean("biased")),
        init_low_(params.real("init_low")),
        init_high_(params.real("init_high")),
        clip_(params.boolean("clip")) {
    user_.reg_factors = params.real("reg_user_factors");
    item_.reg_factors = params.real("reg_item_factors");
    user_.reg_bias = params.optional_real("reg_user_bias").value_or(15);
    item_.reg_bias = params.optional_real("reg_item_bias").value_or(10);
    for (const char* name : {"reg_user_bias", "reg_item_bias"}) {
      if (!biased_ && params.has(name)) throw params.error(name, "has no use with biased: false");
    }
    if (init_low_ >= init_high_) {
      throw params.error("init_high", "is " + std::to_string(init_high_) +
                                          ", not above init_low (" + std::to_string(init_low_) +
                                          ")");
    }
    for (Side* side : {&user_, &item_}) side->factors = side->bias = at::empty({0}, at::kFloat);
  }

  void begin(const cofi::FitContext& context) override {
    if (context.train.size() == 0) {
      throw cofi::Error("model/nmf: there are no training ratings to learn from");
    }
    check(context.train);
    pool_ = &context.pool;
    mean_ = context.train.mean();
    clip_.take(context.scale);
    user_.rows = cofi::rows_by_user(context.train, context.users, context.pool);
    item_.rows = cofi::rows_by_item(context.train, context.items, context.pool);
    const cofi::Random init = context.random.stream("init");
    draw(user_, init.stream("user_factors"));
    draw(item_, init.stream("item_factors"));
  }

  double epoch(std::int64_t) override {
    if (biased_) {
      update_biases(user_, user_.rows, item_, *pool_);
      update_biases(item_, item_.rows, user_, *pool_);
    }
    const double squares = update(user_, user_.rows, item_, *pool_);
    update(item_, item_.rows, user_, *pool_);
    average_unseen(user_);
    average_unseen(item_);
    return squares / static_cast<double>(user_.rows.entries.size());
  }

  void end() override { user_.rows = item_.rows = SparseRows(); }

  void predict(const cofi::Query& query, float* out) const override {
    cofi::kernels::predict(kernel_view(), query.users, query.items, out);
    for (std::size_t n = 0; n < query.size() && !biased_; ++n) {
      if (query.users[n] < 0 || query.items[n] < 0) out[n] = static_cast<float>(mean_);
    }
    clip_.all(out, query.size());
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    cofi::kernels::scores(kernel_view(), users, items, out);
    const auto count = static_cast<std::size_t>(items);
    for (std::size_t n = 0; n < users.size() && !biased_; ++n) {
      if (users[n] < 0) std::fill_n(out + n * count, count, static_cast<float>(mean_));
    }
    clip_.all(out, users.size() * count);
  }

  // The users' updates, again and again, the items as they are.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    check(rows);
    const auto users = static_cast<std::int32_t>(user_.bias.size(0));
    const SparseRows own = cofi::rows_by_user(rows, users, pool);
    const RowTable table = cofi::kernels::row_table(user_.factors);
    const double start = std::sqrt(std::max(mean_, 1e-3) / static_cast<double>(factors_));
    for (std::int32_t user = 0; user < users; ++user) {
      if (own.row(user).empty()) continue;
      std::fill_n(table.row(user), factors_, static_cast<float>(start));
      user_.bias.data_ptr<float>()[user] = 0;
    }
    for (int n = 0; n < kFoldInUpdates; ++n) {
      if (biased_) update_biases(user_, own, item_, pool);
      update(user_, own, item_, pool);
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    cofi::kernels::padded_state(archive, "user_factors", user_.factors);
    archive.on_cpu()("user_bias", user_.bias);
    cofi::kernels::padded_state(archive, "item_factors", item_.factors);
    archive.on_cpu()("item_bias", item_.bias);
  }

  std::vector<cofi::Parameter> parameters() override {
    std::vector<cofi::Parameter> tables = {{"user_factors", user_.factors, cofi::Rows::kUsers},
                                           {"item_factors", item_.factors, cofi::Rows::kItems}};
    if (biased_) {
      tables.push_back({"user_bias", user_.bias, cofi::Rows::kUsers});
      tables.push_back({"item_bias", item_.bias, cofi::Rows::kItems});
    }
    return tables;
  }

  // Of factors, a term each: none takes away what another adds.
  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    if (biased_ || user < 0 || item < 0) why.add("mean", mean_);
    if (biased_ && user >= 0) why.add("user bias", user_.bias[user].item<double>());
    if (biased_ && item >= 0) why.add("item bias", item_.bias[item].item<double>());
    if (user >= 0 && item >= 0) {
      const float* p = cofi::kernels::row_table(user_.factors).row(user);
      const float* q = cofi::kernels::row_table(item_.factors).row(item);
      for (std::int64_t f = 0; f < factors_; ++f) {
        why.add("factor " + std::to_string(f), double{p[f]} * q[f]);
      }
    }
    clip_.explain(why);
    return why;
  }

 private:
  struct Side {
    double reg_factors = 0, reg_bias = 0;
    at::Tensor factors, bias;  // [rows x factors] padded, [rows]
    SparseRows rows;           // the training ratings
  };

  static void check(const cofi::Interactions& ratings) {
    for (const float value : ratings.values) {
      if (value >= 0) continue;
      throw cofi::Error("model/nmf: there is a rating of ", value,
                        "; non-negative factors have no products below 0: use ratings of at least "
                        "0 (the filter values keeps a range)");
    }
  }

  // Each row from a stream of its own.
  void draw(Side& side, const cofi::Random& random) const {
    side.factors = cofi::kernels::padded_rows(side.rows.size(), factors_);
    side.bias = at::zeros({side.rows.size()}, at::kFloat);
    const RowTable table = cofi::kernels::row_table(side.factors);
    cofi::parallel_for(*pool_, side.rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        cofi::Random own = random.stream(static_cast<std::uint64_t>(row));
        std::generate_n(table.row(row), factors_,
                        [&] { return static_cast<float>(own.uniform(init_low_, init_high_)); });
      }
    });
    average_unseen(side);
  }

  // Rows without ratings become the mean of the others.
  void average_unseen(Side& side) const {
    const SparseRows& rows = side.rows;
    const RowTable table = cofi::kernels::row_table(side.factors);
    std::vector<double> mean(static_cast<std::size_t>(factors_));
    double count = 0;
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      if (rows.row(row).empty()) continue;
      ++count;
      for (std::size_t f = 0; f < mean.size(); ++f) mean[f] += table.row(row)[f];
    }
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      if (!rows.row(row).empty()) continue;
      std::transform(mean.begin(), mean.end(), table.row(row),
                     [&](double sum) { return static_cast<float>(sum / count); });
    }
  }

  // bias = sum of what the others leave / (damping + count), for the rows that have ratings.
  void update_biases(Side& side, const SparseRows& rows, const Side& other,
                     const cofi::ThreadPool& pool) const {
    const RowTable own = cofi::kernels::row_table(side.factors);
    const RowTable across = cofi::kernels::row_table(other.factors);
    const float* other_bias = other.bias.data_ptr<float>();
    float* bias = side.bias.data_ptr<float>();
    cofi::parallel_for(pool, rows.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (auto id = static_cast<std::int32_t>(begin); id < end; ++id) {
        const auto ratings = rows.row(id);
        if (ratings.empty()) continue;
        double sum = 0;
        for (const SparseRows::Entry& rating : ratings) {
          const float dot = cofi::kernels::dot(own.row(id), across.row(rating.id), own.stride);
          sum += rating.value - mean_ - other_bias[rating.id] - dot;
        }
        bias[id] = static_cast<float>(sum / (side.reg_bias + static_cast<double>(ratings.size())));
      }
    });
  }

  // The multiplicative update of side's rows that have ratings. Returns the sum of the squared
  // errors before it.
  double update(Side& side, const SparseRows& rows, const Side& other,
                const cofi::ThreadPool& pool) const {
    const RowTable own = cofi::kernels::row_table(side.factors);
    const RowTable across = cofi::kernels::row_table(other.factors);
    const float* bias = side.bias.data_ptr<float>();
    const float* other_bias = other.bias.data_ptr<float>();
    const auto mean = static_cast<float>(biased_ ? mean_ : 0);
    return cofi::parallel_reduce(
        pool, rows.size(), kGrain, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          const std::int64_t stride = own.stride;
          std::vector<float> rated(static_cast<std::size_t>(stride)), predicted(rated.size());
          double squares = 0;
          for (auto id = static_cast<std::int32_t>(begin); id < end; ++id) {
            const auto ratings = rows.row(id);
            if (ratings.empty()) continue;
            float* p = own.row(id);
            std::fill(rated.begin(), rated.end(), 0.0F);
            std::fill(predicted.begin(), predicted.end(), 0.0F);
            for (const SparseRows::Entry& rating : ratings) {
              const float* q = across.row(rating.id);
              const float value =
                  mean + bias[id] + other_bias[rating.id] + cofi::kernels::dot(p, q, stride);
              squares += double{rating.value - value} * (rating.value - value);
              const float positive = std::max(value, 0.0F);
              for (std::int64_t f = 0; f < stride; ++f) {
                const auto at = static_cast<std::size_t>(f);
                rated[at] = std::fma(rating.value, q[f], rated[at]);
                predicted[at] = std::fma(positive, q[f], predicted[at]);
              }
            }
            const auto penalty =
                static_cast<float>(side.reg_factors * static_cast<double>(ratings.size()));
            for (std::int64_t f = 0; f < factors_; ++f) {
              const auto at = static_cast<std::size_t>(f);
              const float below = std::fma(penalty, p[f], predicted[at]);
              if (below > 0) p[f] *= rated[at] / below;
            }
          }
          return squares;
        },
        std::plus<>());
  }

  cofi::kernels::BiasedFactors kernel_view() const {
    return {static_cast<float>(biased_ ? mean_ : 0), user_.bias.data_ptr<float>(),
            item_.bias.data_ptr<float>(), cofi::kernels::row_table(user_.factors),
            cofi::kernels::row_table(item_.factors)};
  }

  std::int64_t factors_;
  bool biased_;
  double init_low_, init_high_;
  cofi::Clipping clip_;

  const cofi::ThreadPool* pool_ = nullptr;  // of the fit
  double mean_ = 0;
  Side user_, item_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Nmf, "nmf", "1.0.0",
            "Non-negative matrix factorization of the known ratings.", kParams)
