// mean + b_u + b_i + p_u . q_i, trained by gradients. See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/ridge.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"

#include "initial_values.hpp"
#include "passes.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "100", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::choice("solver", "batch", "batch|sequential|blocked",
                 "batch: the optimizer, on batches; the others: a step a rating, by sgd only."),
    cofi::integer("blocks", "null", 1, 4096,
                  "blocked: ranges of users and of items (as many as suit the caches)."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency: a row's regularization is divided by the root of its ratings."),
    cofi::real("mean", "null", -1e9, 1e9, "The global mean (the mean of the training values)."),
    cofi::choice("init", "cofi", "cofi|torch",
                 "Who draws initial values; torch: as torch.nn.Embedding after manual_seed(seed)."),
    cofi::choice("init_distribution", "uniform", "uniform|normal",
                 "Initial values: uniform in [low, high), or normal around 0."),
    cofi::real("init_low", "0", -10, 10, "uniform: lowest initial factor."),
    cofi::real("init_high", "0.005", -10, 10, "uniform: initial factors are below it."),
    cofi::real("init_deviation", "0.1", 0, 10, "normal: standard deviation of initial factors."),
    cofi::real("init_bias_low", "-0.01", -10, 10, "uniform: lowest initial bias."),
    cofi::real("init_bias_high", "0.01", -10, 10, "uniform: initial biases are below it."),
    cofi::real("init_bias_deviation", "0", 0, 10, "normal: standard deviation of initial biases."),
    cofi::real("reg_user_factors", "null", 0, 1e9,
               "Regularization of user factors (the optimizer's weight_decay)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of item factors (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Ridge penalty of the bias and factors of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class Svd final : public cofi::GradientModel {
 public:
  explicit Svd(const cofi::Params& params)
      : factors_(params.integer("factors")),
        solver_(params.text("solver")),
        blocks_(params.has("blocks") ? params.integer("blocks") : 0),
        by_frequency_(params.text("reg_scale") == "frequency"),
        fixed_mean_(params.optional_real("mean")),
        initial_values_(params),
        reg_user_factors_(params.optional_real("reg_user_factors")),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")) {
    if (by_frequency_ && solver_ == "batch") {
      throw params.error("reg_scale",
                         "frequency goes with solver: sequential and blocked; the optimizer of "
                         "solver: batch has one weight decay for all rows");
    }
    if (blocks_ > 0 && solver_ != "blocked") {
      throw params.error("blocks", "goes with solver: blocked, not with " + solver_);
    }
    for (at::Tensor* table : {&user_factors_, &user_bias_, &item_factors_, &item_bias_}) {
      *table = at::empty({0}, at::kFloat);
    }
  }

  void setup(const cofi::FitContext& context) override {
    mean_ = fixed_mean_.value_or(context.train.mean());
    clip_.take(context.scale);
    const InitialTables tables =
        initial_values_.draw(context.users, context.items, factors_, context.random, context.pool);
    const bool cpu = context.device.is_cpu();
    const auto place = [&](const at::Tensor& table) {
      return cpu && table.dim() == 2 ? cofi::kernels::padded_copy(table) : table.to(context.device);
    };
    user_factors_ = place(tables.user_factors);
    user_bias_ = place(tables.user_bias);
    item_factors_ = place(tables.item_factors);
    item_bias_ = place(tables.item_bias);
    if (!runs_passes() || !cpu) return;
    user_scale_ = scales(context.user_counts);
    item_scale_ = scales(context.item_counts);
    if (solver_ == "sequential") {
      sequential_.emplace(context);
    } else {
      blocked_.emplace(context, blocks_, user_factors_.stride(0));
    }
  }

  bool runs_passes() const override { return solver_ != "batch"; }

  double pass(const cofi::SgdPass& pass) override {
    cofi::kernels::FactorSgd model;
    model.mean = static_cast<float>(mean_);
    model.user_factors = cofi::kernels::row_table(user_factors_);
    model.item_factors = cofi::kernels::row_table(item_factors_);
    model.user_bias = user_bias_.data_ptr<float>();
    model.item_bias = item_bias_.data_ptr<float>();
    model.user_scale = user_scale_.data();
    model.item_scale = item_scale_.data();
    const auto penalty = [&](const std::optional<double>& own) {
      return static_cast<float>(own.value_or(pass.weight_decay));
    };
    model.reg_user_factors = penalty(reg_user_factors_);
    model.reg_item_factors = penalty(reg_item_factors_);
    model.reg_user_bias = penalty(reg_user_bias_);
    model.reg_item_bias = penalty(reg_item_bias_);
    model.learning_rate = static_cast<float>(pass.learning_rate);
    model.loss = pass.loss;
    return sequential_ ? sequential_->run(pass, model)
                       : blocked_->run(pass, model, {item_factors_.detach(), item_bias_.detach()});
  }

  double pass_traffic(int ranks) override {
    if (!blocked_) return 0;
    // All ranges of items go round once, and are collected.
    const double bytes = sizeof(float) * static_cast<double>(item_factors_.size(0)) *
                         static_cast<double>(item_factors_.stride(0) + 1);
    return bytes + bytes * (ranks - 1) / ranks;
  }

  void collect(cofi::Communicator& communicator) override {
    if (blocked_) blocked_->collect(communicator, {user_factors_.detach(), user_bias_.detach()});
  }

  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    return {{"user_factors", user_factors_, Rows::kUsers, reg_user_factors_},
            {"user_bias", user_bias_, Rows::kUsers, reg_user_bias_},
            {"item_factors", item_factors_, Rows::kItems, reg_item_factors_},
            {"item_bias", item_bias_, Rows::kItems, reg_item_bias_}};
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    const at::Tensor dots = (at::index_select(user_factors_, 0, batch.users) *
                             at::index_select(item_factors_, 0, batch.items))
                                .sum(1);
    return dots + at::index_select(user_bias_, 0, batch.users) +
           at::index_select(item_bias_, 0, batch.items) + mean_;
  }

  // With s_n = d loss / d prediction of rating n: a row's gradient is the sum of s_n times the
  // other side's row over the row's ratings, and its bias' gradient the sum of s_n.
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    if (!user_factors_.is_cpu()) return false;
    loss_sum = slopes(batch, out);
    add_side(out, out.items, batch.users, user_factors_, 2);
    out.done({3, 2});
    add_side(out, out.users, batch.items, item_factors_, 0);
    return true;
  }

  void release() override {
    sequential_.reset();
    blocked_.reset();
    user_scale_ = item_scale_ = std::vector<float>();
  }

  void predict(const cofi::Query& query, float* out) const override {
    if (user_factors_.is_cpu()) {
      cofi::kernels::predict(kernel_view(), query.users, query.items, out);
    } else {
      predict_on_device(query, out);
    }
    clip_.all(out, query.size());
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    if (!user_factors_.is_cpu()) return cofi::Model::score(users, times, items, out);
    cofi::kernels::scores(kernel_view(), users, items, out);
    clip_.all(out, users.size() * static_cast<std::size_t>(items));
  }

  // Each user's bias and factors by ridge regression on its ratings, the items' as they are.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (!user_factors_.is_cpu()) return false;
    const auto users = static_cast<std::int32_t>(user_bias_.size(0));
    const cofi::Grouping by_user = cofi::group_by(rows.users, users);
    const cofi::kernels::RowTable user_rows = cofi::kernels::row_table(user_factors_);
    const cofi::kernels::RowTable item_rows = cofi::kernels::row_table(item_factors_);
    const float* item_bias = item_bias_.data_ptr<float>();
    float* user_bias = user_bias_.data_ptr<float>();
    const auto width = static_cast<std::size_t>(factors_);
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(pool, users, kGrain, [&](std::int64_t begin, std::int64_t end) {
      cofi::kernels::Ridge ridge(width + 1);
      std::vector<double> row(width + 1, 1.0);
      for (std::int64_t user = begin; user < end; ++user) {
        const auto own = by_user.group(static_cast<std::int32_t>(user));
        if (own.empty()) continue;
        ridge.clear();
        for (const std::int32_t n : own) {
          const auto at = static_cast<std::size_t>(n);
          const float* item = item_rows.row(rows.items[at]);
          std::copy(item, item + width, row.begin());
          ridge.add(row.data(), rows.values[at] - mean_ - item_bias[rows.items[at]]);
        }
        const std::vector<double> solved = ridge.solve(fold_in_reg_);
        for (std::size_t f = 0; f < width; ++f) {
          user_rows.row(user)[f] = static_cast<float>(solved[f]);
        }
        user_bias[user] = static_cast<float>(solved[width]);
      }
    });
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    parameters_state(archive);
    if (!archive.reading()) return;
    cofi::kernels::pad_rows(user_factors_);
    cofi::kernels::pad_rows(item_factors_);
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", mean_);
    if (user >= 0) why.add("user bias", user_bias_[user].item<double>());
    if (item >= 0) why.add("item bias", item_bias_[item].item<double>());
    if (user >= 0 && item >= 0) {
      why.add("factors", (user_factors_[user] * item_factors_[item]).sum().item<double>());
    }
    clip_.explain(why);
    return why;
  }

 private:
  // What a row's regularization is times, by its number of ratings.
  std::vector<float> scales(cofi::View<std::int64_t> counts) const {
    std::vector<float> scale(counts.size(), 1);
    for (std::size_t id = 0; by_frequency_ && id < counts.size(); ++id) {
      const auto count = static_cast<float>(std::max<std::int64_t>(1, counts[id]));
      scale[id] = 1 / std::sqrt(count);
    }
    return scale;
  }

  cofi::kernels::BiasedFactors kernel_view() const {
    return {static_cast<float>(mean_), user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(),
            cofi::kernels::row_table(user_factors_), cofi::kernels::row_table(item_factors_)};
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating; returns the losses' sum.
  double slopes(const cofi::Batch& batch, const cofi::RowGradients& out) {
    const cofi::kernels::BiasedFactors model = kernel_view();
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    slopes_.resize(static_cast<std::size_t>(batch.size()));
    constexpr std::int64_t kGrain = 512;
    return cofi::kernels::batch_slopes(
        batch, out, kGrain, slopes_.data(), [&](std::int64_t begin, std::int64_t end) {
          const auto count = static_cast<std::size_t>(end - begin);
          cofi::kernels::predict(model, {users + begin, count}, {items + begin, count},
                                 slopes_.data() + begin);
        });
  }

  // Adds the gradients of one side's factors (parameter `first`) and biases (the one after it).
  void add_side(cofi::RowGradients& out, const cofi::BatchRows& side, const at::Tensor& others,
                const at::Tensor& other_factors, std::size_t first) {
    const cofi::kernels::RowTable table = cofi::kernels::row_table(other_factors);
    const std::int32_t* ids = others.data_ptr<std::int32_t>();
    float* factors = out.gradients[first].data_ptr<float>();
    const std::int64_t stride = out.gradients[first].stride(0);
    float* biases = out.gradients[first + 1].data_ptr<float>();
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(out.pool, static_cast<std::int64_t>(side.rows.size()), kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         cofi::kernels::add_weighted_rows(table, side, begin, end, ids,
                                                          slopes_.data(), factors, stride);
                         cofi::kernels::add_sums(side, begin, end, slopes_.data(), biases);
                       });
  }

  void predict_on_device(const cofi::Query& query, float* out) const {
    const auto n = static_cast<std::int64_t>(query.size());
    const auto ids = [&](cofi::View<std::int32_t> view) {
      return at::from_blob(const_cast<std::int32_t*>(view.data()), {n}, at::kInt)
          .to(user_factors_.device());
    };
    const at::Tensor users = ids(query.users), items = ids(query.items);
    const at::Tensor known_user = users.ge(0), known_item = items.ge(0);
    const at::Tensor user = users.clamp_min(0), item = items.clamp_min(0);
    const at::Tensor dots =
        (at::index_select(user_factors_, 0, user) * at::index_select(item_factors_, 0, item))
            .sum(1);
    const at::Tensor values = at::index_select(user_bias_, 0, user) * known_user +
                              at::index_select(item_bias_, 0, item) * known_item +
                              dots * known_user * known_item + mean_;
    at::from_blob(out, {n}, at::kFloat).copy_(values);
  }

  std::int64_t factors_;
  std::string solver_;
  std::int64_t blocks_;  // 0: chosen by the sizes
  bool by_frequency_;
  std::optional<double> fixed_mean_;
  InitialValues initial_values_;
  std::optional<double> reg_user_factors_, reg_user_bias_, reg_item_factors_, reg_item_bias_;
  double fold_in_reg_;
  cofi::Clipping clip_;

  double mean_ = 0;
  at::Tensor user_factors_, item_factors_;  // [users x factors], [items x factors], padded rows
  at::Tensor user_bias_, item_bias_;        // [users], [items]
  std::vector<float> slopes_;               // [batch] scratch of gradient()

  // Of the solvers that run passes.
  std::vector<float> user_scale_, item_scale_;  // [users], [items]
  std::optional<SequentialPasses> sequential_;
  std::optional<BlockedPasses> blocked_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Svd, "svd", "1.0.0",
            "Biased matrix factorization: mean, biases and the dot product of factors.", kParams)
