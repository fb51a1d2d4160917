// Weights between items as products of factors. See README.md beside this file.
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
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/residuals.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/sequential.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::View;
using cofi::kernels::RowTable;
using Entry = cofi::SparseRows::Entry;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of all factor vectors."),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, on batches; sequential: plain sgd, a user at a time."),
    cofi::boolean("leave_out", "true",
                  "Leave an item's own rating out of the sums that predict it (false: as Koren)."),
    cofi::real("neighbor_rate", "null", 0, 1000,
               "sequential: learning rate of x and y over the optimizer's (1)."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency (sequential): a row's regularization over the square root of its "
                 "number of training ratings."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of q (the optimizer's weight_decay)."),
    cofi::real("reg_explicit", "null", 0, 1e9,
               "Regularization of x (the optimizer's weight_decay)."),
    cofi::real("reg_implicit", "null", 0, 1e9,
               "Regularization of y (the optimizer's weight_decay)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::integer("baseline_epochs", "10", 1, 1000,
                  "Passes that find the fixed baseline's biases."),
    cofi::real("baseline_reg_user", "15", 0, 1e9, "Damping of the fixed baseline's user biases."),
    cofi::real("baseline_reg_item", "10", 0, 1e9, "Damping of the fixed baseline's item biases."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial factors (normal)."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Damping of the bias of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class FactoredNeighborhood final : public cofi::GradientModel {
 public:
  explicit FactoredNeighborhood(const cofi::Params& params)
      : factors_(params.integer("factors")),
        sequential_(params.text("solver") == "sequential"),
        leave_out_(params.boolean("leave_out")),
        by_frequency_(params.text("reg_scale") == "frequency"),
        neighbor_rate_(params.optional_real("neighbor_rate").value_or(1)),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_explicit_(params.optional_real("reg_explicit")),
        reg_implicit_(params.optional_real("reg_implicit")),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        init_deviation_(params.real("init_deviation")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")),
        residuals_(params) {
    cofi::kernels::check_solver(params, {"neighbor_rate"});
    for (at::Tensor* table : {&item_factors_, &explicit_, &implicit_, &user_bias_, &item_bias_}) {
      *table = at::empty({0}, at::kFloat);
    }
  }

  // Factors start around 0, biases where the baseline's stand.
  void setup(const cofi::FitContext& context) override {
    if (!context.device.is_cpu()) {
      throw cofi::Error("sums over what users rated are learned on the CPU: set device: cpu");
    }
    clip_.take(context.scale);
    residuals_.take(context);
    const cofi::Random init = context.random.stream("init");
    const auto draw = [&](const char* name) {
      return cofi::kernels::random_rows(context.item_counts, factors_, true, init_deviation_,
                                        init.stream(name), context.pool);
    };
    item_factors_ = draw("item_factors");
    explicit_ = draw("explicit_factors");
    implicit_ = draw("implicit_factors");
    user_bias_ = residuals_.user_bias();
    item_bias_ = residuals_.item_bias();
    if (!sequential_) return;
    ratings_ = cofi::rows_by_user(context.train, context.users, context.pool);
    item_counts_.assign(context.item_counts.begin(), context.item_counts.end());
  }

  // x and y are of all that the batch's users rated: rows that the trainer does not know.
  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    return {{"item_factors", item_factors_, Rows::kItems, reg_item_factors_},
            {"explicit_factors", explicit_, Rows::kShared, reg_explicit_},
            {"implicit_factors", implicit_, Rows::kShared, reg_implicit_},
            {"user_bias", user_bias_, Rows::kUsers, reg_user_bias_},
            {"item_bias", item_bias_, Rows::kItems, reg_item_bias_}};
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    std::vector<std::int64_t> owners, ids;
    std::vector<float> norms, values;
    for (std::int64_t n = 0; n < batch.size(); ++n) {
      const View<Entry> rated = residuals_.of(users[n]);
      const float scale = norm(rated.size() - own(rated, items[n]).size());
      for (const Entry& entry : rated) {
        if (leave_out_ && entry.id == items[n]) continue;
        owners.push_back(n);
        ids.push_back(entry.id);
        norms.push_back(scale);
        values.push_back(scale * entry.value);
      }
    }
    const at::Tensor id = at::tensor(ids);
    const at::Tensor terms = at::index_select(explicit_, 0, id) * at::tensor(values).unsqueeze(1) +
                             at::index_select(implicit_, 0, id) * at::tensor(norms).unsqueeze(1);
    const at::Tensor sums = at::index_add(at::zeros({batch.size(), factors_}, at::kFloat), 0,
                                          at::tensor(owners), terms);
    return (sums * at::index_select(item_factors_, 0, batch.items)).sum(1) +
           at::index_select(user_bias_, 0, batch.users) +
           at::index_select(item_bias_, 0, batch.items) + residuals_.mean();
  }

  // Of each of a user's ratings n, x_j and y_j get s_n q_i times the norm (times the residual of
  // j): the same of all j but n's own. So each user's sum of those is added to all of its rows, and
  // what should have been left out is taken away again.
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    slopes_.resize(static_cast<std::size_t>(batch.size()));
    vectors_ = cofi::kernels::padded_rows(batch.size(), factors_);
    loss_sum = slopes(batch, out);
    cofi::kernels::add_biases(out, out.users, slopes_.data(), 3);
    cofi::kernels::add_biases(out, out.items, slopes_.data(), 4);
    const RowTable vectors = cofi::kernels::row_table(vectors_);
    const RowTable factors = cofi::kernels::row_table(item_factors_);
    float* of_items = out.gradients[0].data_ptr<float>();
    float* of_explicit = out.gradients[1].data_ptr<float>();
    float* of_implicit = out.gradients[2].data_ptr<float>();
    const std::int64_t stride = out.gradients[0].stride(0);
    // Threads own columns.
    cofi::parallel_for(
        out.pool, factors_, cofi::kernels::kLanes, [&](std::int64_t begin, std::int64_t end) {
          std::vector<float> sum(static_cast<std::size_t>(stride));
          const auto add = [&](float by, const float* from, float* to) {
            for (std::int64_t f = begin; f < end; ++f) to[f] = std::fma(by, from[f], to[f]);
          };
          for (std::int64_t n = 0; n < batch.size(); ++n) {
            add(slopes_[static_cast<std::size_t>(n)], vectors.row(n), of_items + items[n] * stride);
          }
          for (std::size_t m = 0; m < out.users.rows.size(); ++m) {
            const View<Entry> rated = residuals_.of(out.users.rows[m]);
            std::fill(sum.begin(), sum.end(), 0.0F);
            for (std::int32_t at = out.users.starts[m]; at < out.users.starts[m + 1]; ++at) {
              const std::int32_t n = out.users.order[static_cast<std::size_t>(at)];
              const View<Entry> self = own(rated, items[n]);
              const float by =
                  slopes_[static_cast<std::size_t>(n)] * norm(rated.size() - self.size());
              add(by, factors.row(items[n]), sum.data());
              for (const Entry& entry : self) {
                add(-by * entry.value, factors.row(items[n]), of_explicit + entry.id * stride);
                add(-by, factors.row(items[n]), of_implicit + entry.id * stride);
              }
            }
            for (const Entry& entry : rated) {
              add(entry.value, sum.data(), of_explicit + entry.id * stride);
              add(1, sum.data(), of_implicit + entry.id * stride);
            }
          }
        });
    return true;
  }

  bool runs_passes() const override { return sequential_; }

  double pass(const cofi::SgdPass& pass) override {
    double loss_sum = 0;
    Scratch scratch(static_cast<std::size_t>(cofi::kernels::padded(factors_)));
    cofi::Random order = pass.random.stream("users");
    for (const std::int32_t user : order.permutation(ratings_.size())) {
      loss_sum += user_steps(pass, user, scratch);
    }
    return loss_sum;
  }

  void predict(const cofi::Query& query, float* out) const override {
    std::vector<float> sum(static_cast<std::size_t>(cofi::kernels::padded(factors_))), vector(sum);
    std::int32_t loaded = -1;
    for (const std::int32_t n : cofi::order_by(query.users)) {
      const auto at = static_cast<std::size_t>(n);
      const std::int32_t user = query.users[at], item = query.items[at];
      if (user >= 0 && user != loaded) sum_of(loaded = user, sum.data());
      out[at] = clip_(predicted(user, item, sum.data(), vector.data()));
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    std::vector<float> sum(static_cast<std::size_t>(cofi::kernels::padded(factors_))), vector(sum);
    for (std::size_t n = 0; n < users.size(); ++n) {
      if (users[n] >= 0) sum_of(users[n], sum.data());
      for (std::int32_t item = 0; item < items; ++item) {
        *out++ = clip_(predicted(users[n], item, sum.data(), vector.data()));
      }
    }
  }

  // A user is what it rated, and a bias: the damped average of what the rest leaves of it.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    residuals_.fold_in(rows, pool);
    const cofi::SparseRows ratings = cofi::rows_by_user(rows, residuals_.users(), pool);
    std::vector<float> sum(static_cast<std::size_t>(cofi::kernels::padded(factors_))), vector(sum);
    for (std::int32_t user = 0; user < ratings.size(); ++user) {
      const View<Entry> own_ratings = ratings.row(user);
      if (own_ratings.empty()) continue;
      float& bias = user_bias_.data_ptr<float>()[user];
      bias = 0;
      sum_of(user, sum.data());
      double left = 0;
      for (const Entry& rating : own_ratings) {
        left += double{rating.value} - predicted(user, rating.id, sum.data(), vector.data());
      }
      bias = static_cast<float>(left / (fold_in_reg_ + static_cast<double>(own_ratings.size())));
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    clip_.state(archive);
    residuals_.state(archive);
    cofi::Archive host = archive.on_cpu();
    parameters_state(host);
    if (!archive.reading()) return;
    for (at::Tensor* table : {&item_factors_, &explicit_, &implicit_}) {
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
      const RowTable x = cofi::kernels::row_table(explicit_);
      const RowTable y = cofi::kernels::row_table(implicit_);
      const View<Entry> rated = residuals_.of(user);
      const double scale = norm(rated.size() - own(rated, item).size());
      for (const Entry& entry : rated) {
        if (leave_out_ && entry.id == item) continue;
        const double of_x = cofi::kernels::dot(items.row(item), x.row(entry.id), x.stride);
        const double of_y = cofi::kernels::dot(items.row(item), y.row(entry.id), y.stride);
        why.add("neighbor", scale * (entry.value * of_x + of_y), cofi::Rows::kItems, entry.id);
      }
    }
    clip_.explain(why);
    return why;
  }

  // w_ij = q_i . x_j
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    const float* own_factors = cofi::kernels::row_table(item_factors_).row(item);
    const RowTable x = cofi::kernels::row_table(explicit_);
    for (std::int32_t other = 0; other < items; ++other) {
      out[other] = cofi::kernels::dot(own_factors, x.row(other), x.stride);
    }
    return true;
  }

 private:
  // What user_steps needs: [stride] each, and s_n q_i of each of the user's ratings.
  struct Scratch {
    explicit Scratch(std::size_t stride) : sum(stride), pull(stride), vector(stride) {}
    std::vector<float> sum, pull, vector, pulls;
  };

  static float norm(std::size_t count) {
    return count == 0 ? 0 : 1 / std::sqrt(static_cast<float>(count));
  }

  // What is left out of the sums that predict an item: the user's own ratings of it.
  View<Entry> own(View<Entry> rated, std::int32_t item) const {
    if (!leave_out_) return {};
    const auto before = [](const Entry& entry, std::int32_t id) { return entry.id < id; };
    const Entry* first = std::lower_bound(rated.begin(), rated.end(), item, before);
    const Entry* last = first;
    while (last != rated.end() && last->id == item) ++last;
    return {first, static_cast<std::size_t>(last - first)};
  }

  // out[stride] += weight * ((r_uj - b~_uj) x_j + y_j)
  void add_term(const Entry& entry, float weight, float* out) const {
    const RowTable explicit_rows = cofi::kernels::row_table(explicit_);
    const float* x = explicit_rows.row(entry.id);
    const float* y = cofi::kernels::row_table(implicit_).row(entry.id);
    for (std::int64_t f = 0; f < explicit_rows.stride; ++f) {
      out[f] = std::fma(weight, std::fma(entry.value, x[f], y[f]), out[f]);
    }
  }

  // out[stride] = the sum of all the user's terms, not yet divided.
  void sum_of(std::int32_t user, float* out) const {
    std::fill(out, out + cofi::kernels::padded(factors_), 0.0F);
    for (const Entry& entry : residuals_.of(user)) add_term(entry, 1, out);
  }

  // out[stride]: what q_i is multiplied with, from sum_of the user.
  void vector_of(std::int32_t user, std::int32_t item, const float* sum, float* out) const {
    const View<Entry> rated = residuals_.of(user), self = own(rated, item);
    const std::int64_t stride = cofi::kernels::padded(factors_);
    std::copy(sum, sum + stride, out);
    for (const Entry& entry : self) add_term(entry, -1, out);
    const float scale = norm(rated.size() - self.size());
    for (std::int64_t f = 0; f < stride; ++f) out[f] *= scale;
  }

  // Before clipping. vector: scratch [stride].
  float predicted(std::int32_t user, std::int32_t item, const float* sum, float* vector) const {
    float value = biased(user, item);
    if (user < 0 || item < 0) return value;
    vector_of(user, item, sum, vector);
    const RowTable items = cofi::kernels::row_table(item_factors_);
    return value + cofi::kernels::dot(vector, items.row(item), items.stride);
  }

  // mean + b_u + b_i
  float biased(std::int32_t user, std::int32_t item) const {
    return cofi::kernels::biased(static_cast<float>(residuals_.mean()),
                                 user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(), user,
                                 item);
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating, and vectors_; returns the
  // losses' sum.
  double slopes(const cofi::Batch& batch, const cofi::RowGradients& out) {
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    const float* ratings = batch.values.data_ptr<float>();
    const auto scale = static_cast<float>(out.scale);
    const RowTable vectors = cofi::kernels::row_table(vectors_);
    constexpr std::int64_t kGrain = 4;
    return cofi::parallel_reduce(
        out.pool, static_cast<std::int64_t>(out.users.rows.size()), kGrain, 0.0,
        [&](std::int64_t begin, std::int64_t end) {
          std::vector<float> sum(static_cast<std::size_t>(vectors.stride));
          double loss = 0;
          for (auto m = static_cast<std::size_t>(begin); m < static_cast<std::size_t>(end); ++m) {
            const std::int32_t user = out.users.rows[m];
            sum_of(user, sum.data());
            for (std::int32_t at = out.users.starts[m]; at < out.users.starts[m + 1]; ++at) {
              const std::int32_t n = out.users.order[static_cast<std::size_t>(at)];
              const float error =
                  predicted(user, items[n], sum.data(), vectors.row(n)) - ratings[n];
              loss += out.loss.value(error);
              slopes_[static_cast<std::size_t>(n)] = out.loss.slope(error) * scale;
            }
          }
          return loss;
        },
        std::plus<>());
  }

  // The steps of q and biases for each of a user's ratings, in shuffled order; the sum of losses. x
  // and y, which all of them share, stay as they are meanwhile and get the sum of their steps, and
  // the decay of as many, when the user is through (Koren 2010, section 4.1).
  double user_steps(const cofi::SgdPass& pass, std::int32_t user, Scratch& scratch) {
    const View<Entry> ratings = ratings_.row(user), rated = residuals_.of(user);
    if (ratings.empty()) return 0;
    const RowTable items = cofi::kernels::row_table(item_factors_);
    const auto stride = static_cast<std::size_t>(items.stride);
    sum_of(user, scratch.sum.data());
    std::fill(scratch.pull.begin(), scratch.pull.end(), 0.0F);
    scratch.pulls.resize(ratings.size() * stride);
    float* __restrict pull = scratch.pull.data(), * __restrict vector = scratch.vector.data();

    const cofi::kernels::RowPenalties reg{pass.weight_decay, by_frequency_};
    const auto rate = static_cast<float>(pass.learning_rate);
    const auto count = static_cast<std::int64_t>(ratings.size());
    const auto decay_user = static_cast<float>(reg.of(reg_user_bias_, count));
    float& bias = user_bias_.data_ptr<float>()[user];
    double loss_sum = 0;
    cofi::Random order = pass.random.stream("ratings").stream(static_cast<std::uint64_t>(user));
    for (const std::int32_t k : order.permutation(static_cast<std::int32_t>(count))) {
      const auto n = static_cast<std::size_t>(k);
      const std::int32_t item = ratings[n].id;
      const std::int64_t item_count = item_counts_[static_cast<std::size_t>(item)];
      const float error = predicted(user, item, scratch.sum.data(), vector) - ratings[n].value;
      loss_sum += pass.loss.value(error);
      const float slope = pass.loss.slope(error), by = -rate * slope;
      const float pulled = slope * norm(rated.size() - own(rated, item).size());
      const auto keep =
          static_cast<float>(1 - pass.learning_rate * reg.of(reg_item_factors_, item_count));
      float* __restrict q = items.row(item), * __restrict own_pull = &scratch.pulls[n * stride];
      for (std::size_t f = 0; f < stride; ++f) {
        own_pull[f] = pulled * q[f];
        pull[f] += own_pull[f];
        q[f] = std::fma(by, vector[f], keep * q[f]);
      }
      float& other_bias = item_bias_.data_ptr<float>()[item];
      const auto decay_item = static_cast<float>(reg.of(reg_item_bias_, item_count));
      bias -= rate * (slope + decay_user * bias);
      other_bias -= rate * (slope + decay_item * other_bias);
    }
    move_neighbors(pass, rated, scratch);
    return loss_sum;
  }

  // x_j and y_j of a user's ratings, from what these pulled.
  void move_neighbors(const cofi::SgdPass& pass, View<Entry> rated, const Scratch& scratch) {
    const RowTable x_rows = cofi::kernels::row_table(explicit_);
    const RowTable y_rows = cofi::kernels::row_table(implicit_);
    const auto stride = static_cast<std::size_t>(x_rows.stride);
    const cofi::kernels::RowPenalties reg{pass.weight_decay, by_frequency_};
    const double rate = pass.learning_rate * neighbor_rate_;
    const auto steps = static_cast<double>(rated.size());
    for (std::size_t n = 0; n < rated.size(); ++n) {
      const Entry& entry = rated[n];
      const std::int64_t count = item_counts_[static_cast<std::size_t>(entry.id)];
      const auto keep = [&](const std::optional<double>& regularization) {
        return static_cast<float>(std::max(0.0, 1 - steps * rate * reg.of(regularization, count)));
      };
      const float keep_x = keep(reg_explicit_), keep_y = keep(reg_implicit_);
      const auto by = static_cast<float>(-rate);
      float* __restrict x = x_rows.row(entry.id), * __restrict y = y_rows.row(entry.id);
      const float* own_pull = &scratch.pulls[n * stride];
      for (std::size_t f = 0; f < stride; ++f) {
        const float pull = leave_out_ ? scratch.pull[f] - own_pull[f] : scratch.pull[f];
        x[f] = std::fma(by * entry.value, pull, keep_x * x[f]);
        y[f] = std::fma(by, pull, keep_y * y[f]);
      }
    }
  }

  std::int64_t factors_;
  bool sequential_, leave_out_, by_frequency_;
  double neighbor_rate_;
  std::optional<double> reg_item_factors_, reg_explicit_, reg_implicit_, reg_user_bias_,
      reg_item_bias_;
  double init_deviation_, fold_in_reg_;
  cofi::Clipping clip_;

  cofi::kernels::Residuals residuals_;
  at::Tensor item_factors_, explicit_, implicit_;  // q, x, y [items x factors], padded rows
  at::Tensor user_bias_, item_bias_;               // [users], [items]
  // While training: sequential's ratings of the users and of items how many; of gradient()'s batch
  // what each q_i is multiplied with [batch x factors] and the slopes [batch].
  cofi::SparseRows ratings_;
  std::vector<std::int64_t> item_counts_;
  at::Tensor vectors_;
  std::vector<float> slopes_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, FactoredNeighborhood, "factored_neighborhood", "1.0.0",
            "A neighborhood whose weights between items are products of factors.", kParams)
