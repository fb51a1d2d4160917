// b_i + p_u . q_i, trained to put what users have before what they have not. See README.md beside
// this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/negatives.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"

#include "triples.hpp"

namespace {

using bpr::Triple;
using cofi::kernels::Negatives;
using cofi::kernels::RowTable;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "10", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, steps for batches; sequential: a step a triple."),
    cofi::choice("negatives", "uniform", "uniform|popularity",
                 "Items drawn against a user's own: all alike, or by number of interactions."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial factors."),
    cofi::real("reg_user_factors", "null", 0, 1e9,
               "Regularization of user factors (the optimizer's weight_decay)."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of item factors (the optimizer's weight_decay)."),
    cofi::real("reg_negative_factors", "null", 0, 1e9,
               "sequential: of the factors of the item drawn (as reg_item_factors)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
};

class Bpr final : public cofi::GradientModel {
 public:
  explicit Bpr(const cofi::Params& params)
      : factors_(params.integer("factors")),
        sequential_(params.text("solver") == "sequential"),
        weight_(params.text("negatives") == "uniform" ? Negatives::Weight::kUniform
                                                      : Negatives::Weight::kPopularity),
        init_deviation_(params.real("init_deviation")),
        reg_user_factors_(params.optional_real("reg_user_factors")),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_negative_factors_(params.optional_real("reg_negative_factors")),
        reg_item_bias_(params.optional_real("reg_item_bias")) {
    if (reg_negative_factors_ && !sequential_) {
      throw params.error("reg_negative_factors",
                         "has no use with solver: batch, whose steps know an item's row but not as "
                         "what it was drawn; remove it, or set solver: sequential");
    }
    for (at::Tensor* table : {&user_factors_, &item_factors_, &item_bias_}) {
      *table = at::empty({0}, at::kFloat);
    }
  }

  cofi::Output output() const override { return cofi::Output::kScore; }

  void setup(const cofi::FitContext& context) override {
    train_ = context.train;
    shuffle_ = context.options.shuffle;
    negatives_ = Negatives(train_, context.users, context.items, weight_, context.pool);
    if (train_.size() > 0 && std::none_of(train_.users.begin(), train_.users.end(),
                                          [&](auto user) { return negatives_.any(user); })) {
      throw cofi::Error("model/bpr learns from items that users have no interaction with, and ",
                        "every user of the training data has all items (negatives: popularity: ",
                        "all that anyone has)");
    }
    const cofi::Random init = context.random.stream("init");
    const auto draw_rows = [&](std::int32_t rows, const char* name) {
      return cofi::kernels::random_rows(rows, factors_, true, init_deviation_, init.stream(name),
                                        context.pool);
    };
    user_factors_ = draw_rows(context.users, "user_factors");
    item_factors_ = draw_rows(context.items, "item_factors");
    item_bias_ = at::zeros({context.items}, at::kFloat);
    if (!context.device.is_cpu()) {
      for (at::Tensor* table : {&user_factors_, &item_factors_, &item_bias_}) {
        *table = table->to(context.device);
      }
    }
    no_user_bias_.assign(static_cast<std::size_t>(context.users), 0);
  }

  // Items that nobody has are learned, too, as negatives: cold start has nothing to stand in for,
  // and steps are for all items, not for those of the batch.
  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    return {{"user_factors", user_factors_, Rows::kUsers, reg_user_factors_},
            {"item_factors", item_factors_, Rows::kShared, reg_item_factors_},
            {"item_bias", item_bias_, Rows::kShared, reg_item_bias_}};
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    const at::Tensor dots = (at::index_select(user_factors_, 0, batch.users) *
                             at::index_select(item_factors_, 0, batch.items))
                                .sum(1);
    return dots + at::index_select(item_bias_, 0, batch.items);
  }

  bool has_own_loss() const override { return true; }

  at::Tensor loss(const cofi::Batch& batch, const cofi::PointwiseLoss&) override {
    const std::vector<std::int32_t> drawn = draw(batch, cofi::ThreadPool(1));
    const at::Tensor negatives =
        at::from_blob(const_cast<std::int32_t*>(drawn.data()), {batch.size()}, at::kInt)
            .to(batch.users.device(), at::kInt, /*non_blocking=*/false, /*copy=*/true);
    const at::Tensor above = forward(batch) - forward({batch.users, negatives, {}, {}});
    return -at::log_sigmoid(above).mean();
  }

  // With s_n = d loss / d x_n: p_u gets s_n (q_i - q_j), q_i gets s_n p_u, q_j gets -s_n p_u.
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    if (!user_factors_.is_cpu()) return false;
    const std::vector<std::int32_t> drawn = draw(batch, out.pool);
    const auto* users = batch.users.data_ptr<std::int32_t>();
    const auto* items = batch.items.data_ptr<std::int32_t>();
    std::vector<float> up, down;
    loss_sum = slopes(batch.size(), users, items, drawn.data(), out, up, down);
    const bpr::Groups negatives(drawn);
    const RowTable user_table = cofi::kernels::row_table(user_factors_);
    const RowTable item_table = cofi::kernels::row_table(item_factors_);
    cofi::kernels::add_factors(out, out.items, user_table, users, up.data(), 1);
    cofi::kernels::add_factors(out, negatives.view(), user_table, users, down.data(), 1);
    cofi::kernels::add_biases(out, out.items, up.data(), 2);
    cofi::kernels::add_biases(out, negatives.view(), down.data(), 2);
    out.done({2, 1});
    cofi::kernels::add_factors(out, out.users, item_table, items, up.data(), 0);
    cofi::kernels::add_factors(out, out.users, item_table, drawn.data(), down.data(), 0);
    return true;
  }

  bool runs_passes() const override { return sequential_; }

  double pass(const cofi::SgdPass& pass) override {
    const double rate = pass.learning_rate;
    const double reg_item = reg_item_factors_.value_or(pass.weight_decay);
    const auto keep = [&](double reg) { return static_cast<float>(1 - rate * reg); };
    const bpr::Step step{static_cast<float>(rate),
                         keep(reg_user_factors_.value_or(pass.weight_decay)),
                         keep(reg_item),
                         keep(reg_negative_factors_.value_or(reg_item)),
                         keep(reg_item_bias_.value_or(pass.weight_decay)),
                         cofi::kernels::row_table(user_factors_),
                         cofi::kernels::row_table(item_factors_),
                         item_bias_.data_ptr<float>()};
    return bpr::descend(triples(pass), step);
  }

  void predict(const cofi::Query& query, float* out) const override {
    const Tables tables = on_cpu();
    cofi::kernels::predict(tables.view(no_user_bias_), query.users, query.items, out);
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    const Tables tables = on_cpu();
    cofi::kernels::scores(tables.view(no_user_bias_), users, items, out);
  }

  void state(cofi::Archive& archive) override {
    parameters_state(archive);
    if (!archive.reading()) return;
    cofi::kernels::pad_rows(user_factors_);
    cofi::kernels::pad_rows(item_factors_);
    no_user_bias_.assign(static_cast<std::size_t>(user_factors_.size(0)), 0);
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    if (item >= 0) why.add("item bias", item_bias_[item].item<double>());
    if (user >= 0 && item >= 0) {
      why.add("factors", (user_factors_[user] * item_factors_[item]).sum().item<double>());
    }
    return why;
  }

  // The cosine of the two items' factors.
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    const at::Tensor table = item_factors_.detach();
    at::from_blob(out, {items}, at::kFloat)
        .copy_(at::cosine_similarity(table, table.slice(0, item, item + 1)));
    return true;
  }

 private:
  // The tables as the kernels take them: the model's own, or copies from another device.
  struct Tables {
    at::Tensor user_factors, item_factors, item_bias;

    cofi::kernels::BiasedFactors view(const std::vector<float>& user_bias) const {
      return {0, user_bias.data(), item_bias.data_ptr<float>(),
              cofi::kernels::row_table(user_factors), cofi::kernels::row_table(item_factors)};
    }
  };
  Tables on_cpu() const {
    return {cofi::kernels::padded_on_cpu(user_factors_),
            cofi::kernels::padded_on_cpu(item_factors_), item_bias_.detach().cpu()};
  }

  // The item to learn with against a user's own; the own one where there is no other: their
  // difference is 0 whatever the parameters are, and nothing moves.
  std::int32_t against(std::int32_t user, std::int32_t item, cofi::Random& random) const {
    return negatives_.any(user) ? negatives_.draw(user, random) : item;
  }

  // An item against each of the batch's: autograd and the fused path see the same ones.
  std::vector<std::int32_t> draw(const cofi::Batch& batch, const cofi::ThreadPool& pool) const {
    const at::Tensor own_users = batch.users.cpu(), own_items = batch.items.cpu();
    const auto* users = own_users.data_ptr<std::int32_t>();
    const auto* items = own_items.data_ptr<std::int32_t>();
    std::vector<std::int32_t> drawn(static_cast<std::size_t>(batch.size()));
    constexpr std::int64_t kBlock = 1024;
    cofi::parallel_for(pool, batch.size(), kBlock, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        cofi::Random random = batch.draws(n);
        drawn[static_cast<std::size_t>(n)] = against(users[n], items[n], random);
      }
    });
    return drawn;
  }

  // An epoch's triples, in the order of their steps.
  std::vector<Triple> triples(const cofi::SgdPass& pass) const {
    const auto n = static_cast<std::int32_t>(train_.size());
    std::vector<std::int32_t> order(train_.size());
    if (shuffle_) {
      order = pass.random.stream("order").permutation(n);
    } else {
      std::iota(order.begin(), order.end(), 0);
    }
    const cofi::Random random = pass.random.stream("negatives");
    std::vector<Triple> made(order.size());
    constexpr std::int64_t kBlock = 1024;
    cofi::parallel_for(pass.pool, n, kBlock, [&](std::int64_t begin, std::int64_t end) {
      cofi::Random own = random.stream(static_cast<std::uint64_t>(begin / kBlock));
      for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k) {
        const auto row = static_cast<std::size_t>(order[k]);
        const std::int32_t user = train_.users[row], item = train_.items[row];
        made[k] = {user, item, against(user, item, own)};
      }
    });
    return made;
  }

  // up[n] = d loss / d x_n and down[n] = -up[n]; returns the sum of the losses.
  double slopes(std::int64_t n, const std::int32_t* users, const std::int32_t* items,
                const std::int32_t* drawn, const cofi::RowGradients& out, std::vector<float>& up,
                std::vector<float>& down) const {
    up.resize(static_cast<std::size_t>(n));
    down.resize(up.size());
    const auto scale = static_cast<float>(out.scale);
    const Tables tables = on_cpu();
    const cofi::kernels::BiasedFactors model = tables.view(no_user_bias_);
    constexpr std::int64_t kBlock = 1024;
    return cofi::parallel_reduce(
        out.pool, n, kBlock, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          const auto count = static_cast<std::size_t>(end - begin);
          float *above = up.data() + begin, *below = down.data() + begin;
          cofi::kernels::predict(model, {users + begin, count}, {items + begin, count}, above);
          cofi::kernels::predict(model, {users + begin, count}, {drawn + begin, count}, below);
          double sum = 0;
          for (std::size_t k = 0; k < count; ++k) {
            const bpr::Loss loss(above[k] - below[k]);
            sum += loss.value;
            const auto at = static_cast<std::size_t>(begin) + k;
            above[k] = items[at] == drawn[at] ? 0 : loss.slope * scale;
            below[k] = -above[k];
          }
          return sum;
        },
        std::plus<>());
  }

  std::int64_t factors_;
  bool sequential_;
  Negatives::Weight weight_;
  double init_deviation_;
  std::optional<double> reg_user_factors_, reg_item_factors_, reg_negative_factors_;
  std::optional<double> reg_item_bias_;

  at::Tensor user_factors_, item_factors_;  // [users x factors], [items x factors], padded rows
  at::Tensor item_bias_;                    // [items]
  std::vector<float> no_user_bias_;         // [users] zeros, which the kernels ask for

  // Of the fit.
  cofi::Interactions train_;
  bool shuffle_ = true;
  Negatives negatives_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Bpr, "bpr", "1.0.0",
            "Bayesian personalized ranking: factors that put a user's items before others.",
            kParams)
