// Biases and factors by alternating least squares. See README.md beside this file.
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
#include "cofi/kernels/biases.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/normal_equations.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/row_shares.hpp"
#include "cofi/solo_communicator.hpp"
#include "cofi/sparse_rows.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::choice("biases", "baseline", "baseline|joint|none",
                 "Found before the factors, solved for with them, or left out."),
    cofi::real("reg_user_factors", "0.065", 0, 1e9, "Ridge penalty of user factors."),
    cofi::real("reg_item_factors", "0.065", 0, 1e9, "Ridge penalty of item factors."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Of user biases: baseline's damping (15), joint's penalty (as user factors)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Of item biases: baseline's damping (10), joint's penalty (as item factors)."),
    cofi::choice("reg_scale", "count", "none|count|frequency",
                 "Penalties times 1, a row's number of ratings n, or sqrt(n)."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial item factors."),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

using cofi::SparseRows;
using cofi::kernels::RowTable;

constexpr std::int64_t kGrain = 16;  // rows that a thread solves at a time
constexpr std::size_t kAhead = 8;    // ratings between asking for a row of factors and using it

void copy_into(const std::vector<double>& values, at::Tensor& table) {
  std::copy(values.begin(), values.end(), table.data_ptr<float>());
}

// [x, 1] for each row x of a table: what a bias beside the factors is multiplied by.
at::Tensor with_ones(const at::Tensor& table) {
  const std::int64_t width = table.size(1);
  at::Tensor wider = cofi::kernels::padded_rows(table.size(0), width + 1);
  wider.narrow(1, 0, width).copy_(table);
  wider.select(1, width).fill_(1);
  return wider;
}

class Als final : public cofi::IterativeModel {
 public:
  explicit Als(const cofi::Params& params)
      : factors_(params.integer("factors")),
        biases_(params.text("biases")),
        reg_scale_(params.text("reg_scale")),
        init_deviation_(params.real("init_deviation")),
        clip_(params.boolean("clip")) {
    const bool baseline = biases_ == "baseline";
    user_.reg_factors = params.real("reg_user_factors");
    item_.reg_factors = params.real("reg_item_factors");
    user_.reg_bias =
        params.optional_real("reg_user_bias").value_or(baseline ? 15 : user_.reg_factors);
    item_.reg_bias =
        params.optional_real("reg_item_bias").value_or(baseline ? 10 : item_.reg_factors);
    for (const char* name : {"reg_user_bias", "reg_item_bias"}) {
      if (biases_ == "none" && params.has(name)) {
        throw params.error(name, "has no use with biases: none, which has no biases");
      }
    }
    for (Side* side : {&user_, &item_}) side->factors = side->bias = at::empty({0}, at::kFloat);
  }

  void begin(const cofi::FitContext& context) override {
    if (context.train.size() == 0) {
      throw cofi::Error("model/als: there are no training ratings to learn from");
    }
    pool_ = &context.pool;
    communicator_ = &context.communicator;
    mean_ = context.train.mean();
    clip_.take(context.scale);
    user_.rows = cofi::rows_by_user(context.train, context.users, context.pool);
    item_.rows = cofi::rows_by_item(context.train, context.items, context.pool);
    for (Side* side : {&user_, &item_}) {
      side->bias = at::zeros({side->rows.size()}, at::kFloat);
    }
    if (biases_ == "baseline") {
      const cofi::kernels::BiasOptions options{10, user_.reg_bias, item_.reg_bias};
      const auto found = cofi::kernels::als_biases(user_.rows, item_.rows, mean_, options, *pool_);
      copy_into(found.users, user_.bias);
      copy_into(found.items, item_.bias);
    }
    center(user_, item_);
    center(item_, user_);
    user_.factors = cofi::kernels::padded_rows(user_.rows.size(), factors_);
    item_.factors = cofi::kernels::random_rows(context.item_counts, factors_, true, init_deviation_,
                                               context.random.stream("init").stream("item_factors"),
                                               context.pool);
  }

  double epoch(std::int64_t) override {
    solve(user_, user_.rows, item_, *pool_, *communicator_);
    const double loss = solve(item_, item_.rows, user_, *pool_, *communicator_);
    return loss / static_cast<double>(item_.rows.entries.size());
  }

  // Each rank solves its rows and sends them to all.
  double epoch_traffic(int ranks) override {
    double values = 0;
    for (const Side* side : {&user_, &item_}) {
      const std::int64_t width = side->factors.stride(0) + (biases_ == "joint" ? 1 : 0);
      values += static_cast<double>(side->factors.size(0) * width);
    }
    return sizeof(float) * values * (ranks - 1) / ranks;
  }

  void end() override { user_.rows = item_.rows = SparseRows(); }

  void predict(const cofi::Query& query, float* out) const override {
    cofi::kernels::predict(kernel_view(), query.users, query.items, out);
    clip_.all(out, query.size());
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    cofi::kernels::scores(kernel_view(), users, items, out);
    clip_.all(out, users.size() * static_cast<std::size_t>(items));
  }

  // The users' half of an epoch, the items as they are.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const auto users = static_cast<std::int32_t>(user_.bias.size(0));
    SparseRows own = cofi::rows_by_user(rows, users, pool);
    if (biases_ == "baseline") {
      const float* items = item_.bias.data_ptr<float>();
      float* bias = user_.bias.data_ptr<float>();
      std::vector<double> found(bias, bias + users);
      cofi::kernels::damped_biases(own, mean_, {items, items + item_.bias.size(0)}, user_.reg_bias,
                                   found, pool);
      copy_into(found, user_.bias);
    }
    center(own, user_, item_);
    cofi::SoloCommunicator alone;
    solve(user_, own, item_, pool, alone);
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
    if (biases_ != "none") {
      tables.push_back({"user_bias", user_.bias, cofi::Rows::kUsers});
      tables.push_back({"item_bias", item_.bias, cofi::Rows::kItems});
    }
    return tables;
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", mean_);
    if (user >= 0 && biases_ != "none") why.add("user bias", user_.bias[user].item<double>());
    if (item >= 0 && biases_ != "none") why.add("item bias", item_.bias[item].item<double>());
    if (user >= 0 && item >= 0) {
      why.add("factors", (user_.factors[user] * item_.factors[item]).sum().item<double>());
    }
    clip_.explain(why);
    return why;
  }

 private:
  struct Side {
    double reg_factors = 0, reg_bias = 0;
    at::Tensor factors, bias;  // [rows x factors] padded, [rows]
    SparseRows rows;           // the training ratings less the mean, and less baseline's biases
  };

  // Takes the mean and the baseline's biases from ratings of `side`.
  void center(SparseRows& rows, const Side& side, const Side& other) const {
    const bool baseline = biases_ == "baseline";
    const float* own_bias = side.bias.data_ptr<float>();
    const float* other_bias = other.bias.data_ptr<float>();
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      SparseRows::Entry* entry = rows.entries.data() + rows.starts[static_cast<std::size_t>(row)];
      for (std::size_t n = rows.row(row).size(); n > 0; --n, ++entry) {
        double value = entry->value - mean_;
        if (baseline) value -= double{own_bias[row]} + other_bias[entry->id];
        entry->value = static_cast<float>(value);
      }
    }
  }
  void center(Side& side, const Side& other) { center(side.rows, side, other); }

  double penalty_scale(std::size_t count) const {
    const auto n = static_cast<double>(count);
    return reg_scale_ == "count" ? n : reg_scale_ == "frequency" ? std::sqrt(n) : 1;
  }

  // Solves for side's factors of each row that has ratings (and its bias where they are learned
  // jointly), the other side as it is; the ranks share the rows. Returns the sum of the squared
  // errors that are left.
  double solve(Side& side, const SparseRows& rows, const Side& other, const cofi::ThreadPool& pool,
               cofi::Communicator& communicator) const {
    const bool joint = biases_ == "joint";
    const at::Tensor across = joint ? with_ones(other.factors) : other.factors;
    const RowTable other_rows = cofi::kernels::row_table(across);
    const RowTable own_rows = cofi::kernels::row_table(side.factors);
    const float* other_bias = other.bias.data_ptr<float>();
    float* own_bias = side.bias.data_ptr<float>();
    std::vector<at::Tensor> tables{side.factors};
    if (joint) tables.push_back(side.bias);
    // Solving a row's equations takes about as long as adding half as many ratings as factors.
    return cofi::RowShares(rows.starts, kGrain, communicator, factors_ / 2)
        .run(pool, tables, [&](std::int64_t begin, std::int64_t end) {
          cofi::kernels::NormalEquations equations(other_rows.width);
          std::vector<float> x(static_cast<std::size_t>(equations.stride()));
          double squares = 0;
          for (auto id = static_cast<std::int32_t>(begin); id < end; ++id) {
            const auto ratings = rows.row(id);
            if (ratings.empty()) continue;
            const auto target = [&](const SparseRows::Entry& rating) {
              return joint ? rating.value - other_bias[rating.id] : rating.value;
            };
            equations.start();
            for (std::size_t n = 0; n < ratings.size(); ++n) {
              const SparseRows::Entry& rating = ratings.data()[n];
              if (n + kAhead < ratings.size()) other_rows.prefetch(ratings.data()[n + kAhead].id);
              equations.add(other_rows.row(rating.id), 1, target(rating));
            }
            const double scale = penalty_scale(ratings.size());
            equations.penalize(0, factors_, scale * side.reg_factors);
            if (joint) equations.penalize(factors_, factors_ + 1, scale * side.reg_bias);
            equations.solve(x.data());
            std::copy_n(x.begin(), factors_, own_rows.row(id));
            if (joint) own_bias[id] = x[static_cast<std::size_t>(factors_)];
            for (const SparseRows::Entry& rating : ratings) {
              const float* row = other_rows.row(rating.id);
              const double error =
                  target(rating) - cofi::kernels::dot(row, x.data(), other_rows.stride);
              squares += error * error;
            }
          }
          return squares;
        });
  }

  cofi::kernels::BiasedFactors kernel_view() const {
    return {static_cast<float>(mean_), user_.bias.data_ptr<float>(), item_.bias.data_ptr<float>(),
            cofi::kernels::row_table(user_.factors), cofi::kernels::row_table(item_.factors)};
  }

  std::int64_t factors_;
  std::string biases_, reg_scale_;
  double init_deviation_;
  cofi::Clipping clip_;

  const cofi::ThreadPool* pool_ = nullptr;  // of the fit, and so is the communicator
  cofi::Communicator* communicator_ = nullptr;
  double mean_ = 0;
  Side user_, item_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Als, "als", "1.0.0",
            "Explicit ratings by alternating least squares: mean, biases and factors.", kParams)
