// SVD++ and learned weights between items in one objective. See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/biases.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/neighbor_weights.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/residuals.hpp"
#include "cofi/kernels/ridge.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/kernels/sequential.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::View;
using cofi::kernels::Near;
using cofi::kernels::RowTable;
using Entry = cofi::SparseRows::Entry;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of all factor vectors."),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, on batches; sequential: plain sgd, a rating at a time."),
    cofi::integer("k", "null", 1, 1000000, "Neighbors of an item, the most similar (all items)."),
    cofi::real("shrinkage", "null", 0, 1e9,
               "k: similarities of n common users are shrunk by (n - 1) / (n - 1 + this) (100)."),
    cofi::boolean("explicit", "true", "Weights of what neighbors were rated (w)."),
    cofi::boolean("implicit", "true", "Weights of which neighbors were rated at all (c)."),
    cofi::real("implicit_rate", "null", 0, 1000,
               "sequential: learning rate of implicit factors over the optimizer's (1)."),
    cofi::real("explicit_weights_rate", "null", 0, 1000,
               "sequential: learning rate of w over the optimizer's (1)."),
    cofi::real("implicit_weights_rate", "null", 0, 1000,
               "sequential: learning rate of c over the optimizer's (1)."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency (sequential): a row's regularization over the square root of its "
                 "number of training ratings."),
    cofi::real("reg_user_factors", "null", 0, 1e9,
               "Regularization of user factors (the optimizer's weight_decay)."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of item factors (the optimizer's weight_decay)."),
    cofi::real("reg_implicit", "null", 0, 1e9,
               "Regularization of implicit factors (the optimizer's weight_decay)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::real("reg_explicit_weights", "null", 0, 1e9,
               "Regularization of w (the optimizer's weight_decay)."),
    cofi::real("reg_implicit_weights", "null", 0, 1e9,
               "Regularization of c (the optimizer's weight_decay)."),
    cofi::integer("baseline_epochs", "10", 1, 1000,
                  "Passes that find the fixed baseline's biases."),
    cofi::real("baseline_reg_user", "15", 0, 1e9, "Damping of the fixed baseline's user biases."),
    cofi::real("baseline_reg_item", "10", 0, 1e9, "Damping of the fixed baseline's item biases."),
    cofi::real("max_memory", "1024", 1, 1e9, "Megabytes that w and c may take."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial factors (normal)."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Ridge penalty of the bias and factors of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class Integrated final : public cofi::GradientModel {
 public:
  explicit Integrated(const cofi::Params& params)
      : factors_(params.integer("factors")),
        sequential_(params.text("solver") == "sequential"),
        by_frequency_(params.text("reg_scale") == "frequency"),
        implicit_rate_(params.optional_real("implicit_rate").value_or(1)),
        reg_user_factors_(params.optional_real("reg_user_factors")),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_implicit_(params.optional_real("reg_implicit")),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        init_deviation_(params.real("init_deviation")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")),
        residuals_(params),
        weights_(cofi::kernels::NeighborWeightsOptions::of(params)) {
    check(params);
    weight_rates_ = {params.optional_real("explicit_weights_rate").value_or(1),
                     params.optional_real("implicit_weights_rate").value_or(1), by_frequency_};
    for (at::Tensor* table :
         {&user_factors_, &item_factors_, &implicit_factors_, &user_bias_, &item_bias_}) {
      *table = at::empty({0}, at::kFloat);
    }
  }

  // Factors start around 0, biases where the baseline's stand, weights between items at 0.
  void setup(const cofi::FitContext& context) override {
    clip_.take(context.scale);
    residuals_.take(context);
    weights_.setup(context, residuals_);
    const cofi::Random init = context.random.stream("init");
    const auto draw = [&](View<std::int64_t> counts, const char* name) {
      return cofi::kernels::random_rows(counts, factors_, true, init_deviation_, init.stream(name),
                                        context.pool);
    };
    user_factors_ = draw(context.user_counts, "user_factors");
    item_factors_ = draw(context.item_counts, "item_factors");
    implicit_factors_ = draw(context.item_counts, "implicit_factors");
    user_bias_ = residuals_.user_bias();
    item_bias_ = residuals_.item_bias();
    if (!sequential_) return;
    ratings_ = cofi::rows_by_user(context.train, context.users, context.pool);
    item_counts_.assign(context.item_counts.begin(), context.item_counts.end());
  }

  // Implicit factors are of all that the batch's users rated: rows that the trainer does not know.
  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    std::vector<cofi::Parameter> all = {
        {"user_factors", user_factors_, Rows::kUsers, reg_user_factors_},
        {"item_factors", item_factors_, Rows::kItems, reg_item_factors_},
        {"implicit_factors", implicit_factors_, Rows::kShared, reg_implicit_},
        {"user_bias", user_bias_, Rows::kUsers, reg_user_bias_},
        {"item_bias", item_bias_, Rows::kItems, reg_item_bias_}};
    weights_.add_parameters(all);
    return all;
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    std::vector<std::int64_t> owners, ids;
    std::vector<float> norms;
    for (std::int64_t n = 0; n < batch.size(); ++n) {
      const View<Entry> rated = residuals_.of(users[n]);
      for (const Entry& entry : rated) {
        owners.push_back(n);
        ids.push_back(entry.id);
        norms.push_back(norm(rated));
      }
    }
    const at::Tensor implicit =
        at::index_select(implicit_factors_, 0, at::tensor(ids)) * at::tensor(norms).unsqueeze(1);
    const at::Tensor sums = at::index_add(at::zeros({batch.size(), factors_}, at::kFloat), 0,
                                          at::tensor(owners), implicit);
    const at::Tensor user = at::index_select(user_factors_, 0, batch.users) + sums;
    return (user * at::index_select(item_factors_, 0, batch.items)).sum(1) +
           weights_.forward(residuals_, batch) + at::index_select(user_bias_, 0, batch.users) +
           at::index_select(item_bias_, 0, batch.items) + residuals_.mean();
  }

  // A user's factors and its sum of implicit ones have the same gradient.
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    slopes_.resize(static_cast<std::size_t>(batch.size()));
    if (vectors_.size(0) != user_bias_.size(0)) {
      vectors_ = cofi::kernels::padded_rows(user_bias_.size(0), factors_);
    }
    const RowTable vectors = cofi::kernels::row_table(vectors_);
    const auto users = static_cast<std::int64_t>(out.users.rows.size());
    cofi::parallel_for(out.pool, users, 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t m = begin; m < end; ++m) {
        const std::int32_t user = out.users.rows[static_cast<std::size_t>(m)];
        vector_of(user, vectors.row(user));
      }
    });
    loss_sum = slopes(batch, vectors, out);
    cofi::kernels::add_factors(out, out.users, cofi::kernels::row_table(item_factors_),
                               batch.items.data_ptr<std::int32_t>(), slopes_.data(), 0);
    cofi::kernels::add_factors(out, out.items, vectors, batch.users.data_ptr<std::int32_t>(),
                               slopes_.data(), 1);
    add_implicit(out);
    cofi::kernels::add_biases(out, out.users, slopes_.data(), 3);
    cofi::kernels::add_biases(out, out.items, slopes_.data(), 4);
    weights_.add_gradient(residuals_, batch, slopes_.data(), 5, out);
    return true;
  }

  bool runs_passes() const override { return sequential_; }

  // First the weights' steps, then the others', each with the other as it stands.
  double pass(const cofi::SgdPass& pass) override {
    const auto users = static_cast<std::int32_t>(user_bias_.size(0));
    const RowTable items = cofi::kernels::row_table(item_factors_);
    std::vector<float> rest(ratings_.entries.size()), sums(rest.size());
    cofi::parallel_for(pass.pool, users, 16, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> vector(static_cast<std::size_t>(items.stride));
      for (auto user = static_cast<std::int32_t>(begin); user < end; ++user) {
        vector_of(user, vector.data());
        auto at = static_cast<std::size_t>(ratings_.starts[static_cast<std::size_t>(user)]);
        for (const Entry& rating : ratings_.row(user)) {
          rest[at++] = biased(user, rating.id) +
                       cofi::kernels::dot(vector.data(), items.row(rating.id), items.stride);
        }
      }
    });
    weights_.pass(residuals_, pass, weight_rates_, rest, sums);
    double loss_sum = 0;
    Scratch scratch(static_cast<std::size_t>(items.stride));
    cofi::Random order = pass.random.stream("users");
    for (const std::int32_t user : order.permutation(users)) {
      loss_sum += user_steps(pass, user, sums, scratch);
    }
    return loss_sum;
  }

  void predict(const cofi::Query& query, float* out) const override {
    const RowTable items = cofi::kernels::row_table(item_factors_);
    std::vector<float> vector(static_cast<std::size_t>(items.stride));
    Near near;
    std::int32_t loaded = -1;
    for (const std::int32_t n : cofi::order_by(query.users)) {
      const auto at = static_cast<std::size_t>(n);
      const std::int32_t user = query.users[at], item = query.items[at];
      if (user >= 0 && user != loaded) vector_of(loaded = user, vector.data());
      weights_.near(residuals_.of(user), item, near);
      float value = biased(user, item) + weights_.value(item, near);
      if (user >= 0 && item >= 0) {
        value += cofi::kernels::dot(vector.data(), items.row(item), items.stride);
      }
      out[at] = clip_(value);
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    const at::Tensor vectors =
        cofi::kernels::padded_rows(static_cast<std::int64_t>(users.size()), factors_);
    const RowTable rows = cofi::kernels::row_table(vectors);
    std::vector<std::int32_t> places;
    std::vector<float> biases(users.size());
    for (std::size_t n = 0; n < users.size(); ++n) {
      places.push_back(users[n] < 0 ? -1 : static_cast<std::int32_t>(n));
      if (users[n] < 0) continue;
      vector_of(users[n], rows.row(static_cast<std::int64_t>(n)));
      biases[n] = user_bias_.data_ptr<float>()[users[n]];
    }
    cofi::kernels::scores(
        {static_cast<float>(residuals_.mean()), biases.data(), item_bias_.data_ptr<float>(), rows,
         cofi::kernels::row_table(item_factors_)},
        places, items, out);
    weights_.add_scores(residuals_, users, items, out);
    const std::size_t count = users.size() * static_cast<std::size_t>(items);
    clip_.all(out, count);
  }

  // A user is what it rated; its bias and factors by ridge regression on what the rest leaves.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    residuals_.fold_in(rows, pool);
    const cofi::SparseRows own = cofi::rows_by_user(rows, residuals_.users(), pool);
    const RowTable users = cofi::kernels::row_table(user_factors_);
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const auto width = static_cast<std::size_t>(factors_);
    cofi::kernels::Ridge ridge(width + 1);
    std::vector<double> row(width + 1, 1.0);
    std::vector<float> sum(static_cast<std::size_t>(items.stride));
    Near near;
    for (std::int32_t user = 0; user < own.size(); ++user) {
      if (own.row(user).empty()) continue;
      std::fill(sum.begin(), sum.end(), 0.0F);
      add_sum(residuals_.of(user), sum.data());
      ridge.clear();
      for (const Entry& rating : own.row(user)) {
        const float* item = items.row(rating.id);
        std::copy(item, item + width, row.begin());
        weights_.near(residuals_.of(user), rating.id, near);
        ridge.add(row.data(), double{rating.value} - biased(-1, rating.id) -
                                  weights_.value(rating.id, near) -
                                  cofi::kernels::dot(sum.data(), item, items.stride));
      }
      const std::vector<double> solved = ridge.solve(fold_in_reg_);
      std::transform(solved.begin(), solved.end() - 1, users.row(user),
                     [](double value) { return static_cast<float>(value); });
      user_bias_.data_ptr<float>()[user] = static_cast<float>(solved[width]);
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    clip_.state(archive);
    residuals_.state(archive);
    weights_.state(archive);
    cofi::Archive host = archive.on_cpu();
    parameters_state(host);
    if (!archive.reading()) return;
    for (at::Tensor* table : {&user_factors_, &item_factors_, &implicit_factors_}) {
      cofi::kernels::pad_rows(*table);
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", residuals_.mean());
    if (user >= 0) why.add("user bias", user_bias_.data_ptr<float>()[user]);
    if (item >= 0) why.add("item bias", item_bias_.data_ptr<float>()[item]);
    if (user >= 0 && item >= 0) {
      const RowTable items = cofi::kernels::row_table(item_factors_);
      std::vector<float> vector(static_cast<std::size_t>(items.stride));
      vector_of(user, vector.data());
      why.add("factors", cofi::kernels::dot(vector.data(), items.row(item), items.stride));
    }
    weights_.explain(residuals_.of(user), item, why);
    clip_.explain(why);
    return why;
  }

  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    weights_.similar_items(item, items, out);
    return true;
  }

 private:
  // What user_steps needs: [stride] each.
  struct Scratch {
    explicit Scratch(std::size_t stride) : sum(stride), before(stride), vector(stride) {}
    std::vector<float> sum, before, vector;
  };

  void check(const cofi::Params& params) const {
    if (!params.boolean("explicit") && !params.boolean("implicit")) {
      throw params.error("implicit",
                         "and explicit are false, which leaves no neighborhood; set one "
                         "to true, or use model/svdpp");
    }
    cofi::kernels::check_solver(
        params, {"implicit_rate", "explicit_weights_rate", "implicit_weights_rate"});
  }

  static float norm(View<Entry> rated) {
    return rated.empty() ? 0 : 1 / std::sqrt(static_cast<float>(rated.size()));
  }

  // out[stride] += |R(u)|^-1/2 * sum of y_j
  void add_sum(View<Entry> rated, float* out) const {
    const RowTable implicit = cofi::kernels::row_table(implicit_factors_);
    const float scale = norm(rated);
    for (const Entry& entry : rated) {
      const float* row = implicit.row(entry.id);
      for (std::int64_t f = 0; f < implicit.stride; ++f) out[f] = std::fma(scale, row[f], out[f]);
    }
  }

  // out[stride] = p_u + that sum
  void vector_of(std::int32_t user, float* out) const {
    const RowTable users = cofi::kernels::row_table(user_factors_);
    std::copy(users.row(user), users.row(user) + users.stride, out);
    add_sum(residuals_.of(user), out);
  }

  // mean + b_u + b_i
  float biased(std::int32_t user, std::int32_t item) const {
    return cofi::kernels::biased(static_cast<float>(residuals_.mean()),
                                 user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(), user,
                                 item);
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating; returns the losses' sum.
  double slopes(const cofi::Batch& batch, const RowTable& vectors, const cofi::RowGradients& out) {
    const cofi::kernels::BiasedFactors model = {
        static_cast<float>(residuals_.mean()), user_bias_.data_ptr<float>(),
        item_bias_.data_ptr<float>(), vectors, cofi::kernels::row_table(item_factors_)};
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    constexpr std::int64_t kGrain = 64;
    return cofi::kernels::batch_slopes(
        batch, out, kGrain, slopes_.data(), [&](std::int64_t begin, std::int64_t end) {
          const auto count = static_cast<std::size_t>(end - begin);
          cofi::kernels::predict(model, {users + begin, count}, {items + begin, count},
                                 slopes_.data() + begin);
          weights_.add_values(residuals_, batch, begin, end, slopes_.data());
        });
  }

  // Adds the gradients of implicit factors, from those of the batch's users. Threads own columns.
  void add_implicit(cofi::RowGradients& out) {
    const float* of_users = out.gradients[0].data_ptr<float>();
    float* of_implicit = out.gradients[2].data_ptr<float>();
    const std::int64_t stride = out.gradients[2].stride(0);
    cofi::parallel_for(out.pool, factors_, cofi::kernels::kLanes,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (const std::int32_t user : out.users.rows) {
                           const View<Entry> rated = residuals_.of(user);
                           const float scale = norm(rated);
                           const float* from = of_users + user * stride;
                           for (const Entry& entry : rated) {
                             float* to = of_implicit + entry.id * stride;
                             for (std::int64_t f = begin; f < end; ++f)
                               to[f] = std::fma(scale, from[f], to[f]);
                           }
                         }
                       });
  }

  // The steps of biases and factors for each of a user's ratings, in shuffled order; the sum of
  // losses. The user's sum of implicit factors moves with every step as if they had taken it: all
  // move along one vector, by |R(u)|^-1/2 each, the sum by |R(u)|^-1/2 of that |R(u)| times. They
  // are written, and decayed by all of the user's ratings at once, when the user is through.
  double user_steps(const cofi::SgdPass& pass, std::int32_t user, const std::vector<float>& sums,
                    Scratch& scratch) {
    const View<Entry> ratings = ratings_.row(user);
    if (ratings.empty()) return 0;
    const auto count = static_cast<std::int64_t>(ratings.size());
    const auto start = static_cast<std::size_t>(ratings_.starts[static_cast<std::size_t>(user)]);
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const std::int64_t stride = items.stride;
    float* __restrict p = cofi::kernels::row_table(user_factors_).row(user);
    float* __restrict sum = scratch.sum.data(), * __restrict vector = scratch.vector.data();
    std::fill(scratch.sum.begin(), scratch.sum.end(), 0.0F);
    add_sum(residuals_.of(user), sum);
    scratch.before = scratch.sum;
    for (std::int64_t f = 0; f < stride; ++f) vector[f] = p[f] + sum[f];

    const cofi::kernels::RowPenalties reg{pass.weight_decay, by_frequency_};
    const auto rate = static_cast<float>(pass.learning_rate);
    const auto implicit_rate = static_cast<float>(pass.learning_rate * implicit_rate_);
    const auto keep_user =
        static_cast<float>(1 - pass.learning_rate * reg.of(reg_user_factors_, count));
    const auto decay_user = static_cast<float>(reg.of(reg_user_bias_, count));
    float& own = user_bias_.data_ptr<float>()[user];
    double loss_sum = 0;
    cofi::Random order = pass.random.stream("ratings").stream(static_cast<std::uint64_t>(user));
    for (const std::int32_t k : order.permutation(static_cast<std::int32_t>(count))) {
      const auto n = static_cast<std::size_t>(k);
      const std::int32_t item = ratings[n].id;
      const std::int64_t item_count = item_counts_[static_cast<std::size_t>(item)];
      float* __restrict q = items.row(item);
      const float error = biased(user, item) + cofi::kernels::dot(vector, q, stride) +
                          sums[start + n] - ratings[n].value;
      loss_sum += pass.loss.value(error);
      const float slope = pass.loss.slope(error), by = -rate * slope;
      const float implicit_by = -implicit_rate * slope;
      const auto keep_item =
          static_cast<float>(1 - pass.learning_rate * reg.of(reg_item_factors_, item_count));
      for (std::int64_t f = 0; f < stride; ++f) {
        const float other = q[f];
        q[f] = std::fma(by, vector[f], keep_item * other);
        p[f] = std::fma(by, other, keep_user * p[f]);
        sum[f] = std::fma(implicit_by, other, sum[f]);
        vector[f] = p[f] + sum[f];
      }
      float& other_bias = item_bias_.data_ptr<float>()[item];
      const auto decay_item = static_cast<float>(reg.of(reg_item_bias_, item_count));
      own -= rate * (slope + decay_user * own);
      other_bias -= rate * (slope + decay_item * other_bias);
    }

    const RowTable implicit = cofi::kernels::row_table(implicit_factors_);
    const float scale = norm(ratings);
    for (std::int64_t f = 0; f < stride; ++f)
      sum[f] = scale * (sum[f] - scratch.before[static_cast<std::size_t>(f)]);
    for (const Entry& rating : ratings) {
      const double penalty =
          reg.of(reg_implicit_, item_counts_[static_cast<std::size_t>(rating.id)]);
      const auto keep = static_cast<float>(std::max(
          0.0, 1 - static_cast<double>(count) * pass.learning_rate * implicit_rate_ * penalty));
      float* __restrict y = implicit.row(rating.id);
      for (std::int64_t f = 0; f < stride; ++f) y[f] = std::fma(keep, y[f], sum[f]);
    }
    return loss_sum;
  }

  std::int64_t factors_;
  bool sequential_, by_frequency_;
  double implicit_rate_;
  std::optional<double> reg_user_factors_, reg_item_factors_, reg_implicit_, reg_user_bias_,
      reg_item_bias_;
  double init_deviation_, fold_in_reg_;
  cofi::Clipping clip_;

  cofi::kernels::Residuals residuals_;
  cofi::kernels::NeighborWeights weights_;
  cofi::kernels::NeighborWeightsRates weight_rates_;
  at::Tensor user_factors_;                     // p [users x factors], padded rows as the next two
  at::Tensor item_factors_, implicit_factors_;  // q, y [items x factors]
  at::Tensor user_bias_, item_bias_;            // [users], [items]
  // While training: sequential's ratings of the users and of items how many; gradient()'s users'
  // vectors [users x factors] and slopes [batch].
  cofi::SparseRows ratings_;
  std::vector<std::int64_t> item_counts_;
  at::Tensor vectors_ = at::empty({0}, at::kFloat);
  std::vector<float> slopes_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Integrated, "integrated", "1.0.0",
            "SVD++ and learned weights between items in one objective.", kParams)
