// mean + b_u + b_i + q_i . (sums of x_j and y_j): users are what they rated. See README.md beside
// this file.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/kernels/biases.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/feedback.hpp"
#include "cofi/kernels/implicit.hpp"
#include "cofi/kernels/implicit_pass.hpp"
#include "cofi/kernels/random_rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/kernels/sequential.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;
using cofi::kernels::ImplicitSets;
using cofi::kernels::kRated;
using cofi::kernels::RowTable;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "50", 1, 4096, "Length of all factor vectors."),
    cofi::list_of(cofi::text("feedback", "[rated]",
                             "Implicit feedback sets: the dataset's, by name, and rated: the "
                             "training interactions.")),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, on batches; sequential: plain sgd, a rating at a time."),
    cofi::real("implicit_rate", "null", 0, 1000,
               "sequential: learning rate of x and y over the optimizer's (1)."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency (sequential): a row's regularization over the square root of its "
                 "number of interactions."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of item factors q (the optimizer's weight_decay)."),
    cofi::real("reg_rated", "null", 0, 1e9,
               "Regularization of rated items' factors x (the optimizer's weight_decay)."),
    cofi::real("reg_implicit", "null", 0, 1e9,
               "Regularization of implicit factors y (the optimizer's weight_decay)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::choice("init_distribution", "normal", "normal|uniform",
                 "Initial factors, around 0; biases start at 0."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial factors."),
    cofi::real("baseline_reg_user", "15", 0, 1e9, "Damping of the user biases in ratings' b_uj."),
    cofi::real("baseline_reg_item", "10", 0, 1e9, "Damping of the item biases in ratings' b_uj."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Ridge penalty of the bias of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class AsymmetricSvd final : public cofi::GradientModel {
 public:
  explicit AsymmetricSvd(const cofi::Params& params)
      : factors_(params.integer("factors")),
        feedback_(cofi::kernels::feedback_names(params)),
        sequential_(params.text("solver") == "sequential"),
        implicit_rate_(params.optional_real("implicit_rate").value_or(1)),
        by_frequency_(params.text("reg_scale") == "frequency"),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_rated_(params.optional_real("reg_rated")),
        reg_implicit_(params.optional_real("reg_implicit")),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        normal_(params.text("init_distribution") == "normal"),
        deviation_(params.real("init_deviation")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")) {
    baseline_.reg_user = params.real("baseline_reg_user");
    baseline_.reg_item = params.real("baseline_reg_item");
    cofi::kernels::check_solver(params, {"implicit_rate"});
    user_bias_ = at::empty({0}, at::kFloat);
    item_bias_ = at::empty({0}, at::kFloat);
    item_factors_ = at::empty({0, factors_}, at::kFloat);
    const auto add_term = [&](const std::string& name, std::shared_ptr<SparseRows> sets,
                              bool weighted) {
      terms_.push_back({name, std::move(sets), weighted, at::empty({0, factors_}, at::kFloat), {}});
    };
    add_term(kRated, std::make_shared<SparseRows>(), true);
    for (const std::string& name : feedback_) {
      // Whom the user rated, the entries' values aside.
      add_term(name, name == kRated ? terms_[0].sets : std::make_shared<SparseRows>(), false);
    }
  }

  void setup(const cofi::FitContext& context) override {
    mean_ = context.train.mean();
    clip_.take(context.scale);
    user_counts_.assign(context.user_counts.begin(), context.user_counts.end());
    item_counts_.assign(context.item_counts.begin(), context.item_counts.end());
    ratings_ = cofi::rows_by_user(context.train, context.users, context.pool);
    find_residuals(context);
    const cofi::Random random = context.random.stream("init");
    const auto table = [&](const auto& rows, const std::string& name) {
      return cofi::kernels::random_rows(rows, factors_, normal_, deviation_, random.stream(name),
                                        context.pool)
          .to(context.device);
    };
    const auto zeros = [&](std::int32_t rows) {
      return at::zeros({rows}, at::TensorOptions(at::kFloat).device(context.device));
    };
    user_bias_ = zeros(context.users);
    item_bias_ = zeros(context.items);
    // Every row: those without training data, too, have a place that cold start can take.
    item_factors_ = table(context.items, "item_factors");
    for (Term& term : terms_) {
      if (term.name != kRated) {
        *term.sets = cofi::rows_by_user(
            cofi::kernels::feedback_set(context, "model/asymmetric_svd", term.name), context.users,
            context.pool);
      }
      term.counts = cofi::kernels::appearances(*term.sets, context.items);
      term.vectors = table(term.counts, term.parameter());
    }
    sums_ = cofi::kernels::padded_rows(context.users, factors_);
  }

  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    std::vector<cofi::Parameter> all = {
        {"user_bias", user_bias_, Rows::kUsers, reg_user_bias_},
        {"item_bias", item_bias_, Rows::kItems, reg_item_bias_},
        {"item_factors", item_factors_, Rows::kItems, reg_item_factors_}};
    // A batch touches the rows of all that its users rated, not of its own items alone.
    for (const Term& term : terms_) {
      all.push_back({term.parameter(), term.vectors, Rows::kShared,
                     term.weighted ? reg_rated_ : reg_implicit_});
    }
    return all;
  }

  at::Tensor forward(const cofi::Batch& batch) override { return values(batch.users, batch.items); }

  // With s_n = d loss / d prediction of rating n: the gradient of a user's vector is the sum of s_n
  // q_i over its ratings, and that of x_j and y_j as much of it as they count in the vector.
  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    if (!item_factors_.is_cpu()) return false;
    load(out.users, out.pool);
    loss_sum = slopes(batch, out);
    const auto n = static_cast<std::int32_t>(out.users.rows.size());
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(n));
    std::iota(numbers.begin(), numbers.end(), 0);
    const std::int64_t stride = item_factors_.stride(0);
    std::vector<float> pulls(static_cast<std::size_t>(n * stride));
    add_rows(out.pool, {numbers, out.users.starts, out.users.order},
             cofi::kernels::row_table(item_factors_), batch.items.data_ptr<std::int32_t>(),
             pulls.data(), stride);
    add_rows(out.pool, out.items, {vectors_.data(), stride, factors_}, places_.data(),
             out.gradients[2].data_ptr<float>(), out.gradients[2].stride(0));
    cofi::kernels::add_biases(out, out.users, slopes_.data(), 0);
    cofi::kernels::add_biases(out, out.items, slopes_.data(), 1);
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      const ImplicitSets sets{terms_[k].sets.get(), cofi::kernels::row_table(out.gradients[3 + k]),
                              terms_[k].weighted};
      // Blocks own ranges of the vectors, not users.
      const std::int64_t items = terms_[k].vectors.size(0);
      constexpr std::int64_t kBlocks = 16;
      cofi::parallel_for(out.pool, items, (items + kBlocks - 1) / kBlocks,
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int32_t m = 0; m < n; ++m) {
                             sets.add(out.users.rows.data()[m], pulls.data() + m * stride,
                                      static_cast<std::int32_t>(begin),
                                      static_cast<std::int32_t>(end));
                           }
                         });
    }
    return true;
  }

  void refresh(const cofi::ThreadPool& pool) override {
    if (!item_factors_.is_cpu()) return;
    cofi::kernels::implicit_sums(all_sets(), cofi::kernels::row_table(sums_), sums_.size(0), pool);
  }

  bool runs_passes() const override { return sequential_; }

  double pass(const cofi::SgdPass& pass) override {
    const cofi::kernels::RowPenalties reg{pass.weight_decay, by_frequency_};
    const std::vector<float> user_bias = reg.of(reg_user_bias_, user_counts_);
    const std::vector<float> item_bias = reg.of(reg_item_bias_, item_counts_);
    const std::vector<float> item_factors = reg.of(reg_item_factors_, item_counts_);
    std::vector<std::vector<float>> penalties;
    std::vector<cofi::kernels::ImplicitPass::Sets> sets;
    for (const Term& term : terms_) {
      penalties.push_back(reg.of(term.weighted ? reg_rated_ : reg_implicit_, term.counts));
      sets.push_back({term.kernel_sets(), penalties.back().data()});
    }
    return cofi::kernels::implicit_pass(
        pass, {ratings_,
               static_cast<float>(mean_),
               {user_bias_.data_ptr<float>(), {}, user_bias.data(), nullptr},
               {item_bias_.data_ptr<float>(), cofi::kernels::row_table(item_factors_),
                item_bias.data(), item_factors.data()},
               std::move(sets),
               {},
               static_cast<float>(implicit_rate_)});
  }

  void predict(const cofi::Query& query, float* out) const override {
    if (item_factors_.is_cpu()) {
      cofi::kernels::predict(kernel_view(), query.users, query.items, out);
    } else {
      predict_on_device(query, out);
    }
    clip_.all(out, query.size());
  }

  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    if (!item_factors_.is_cpu()) return cofi::Model::score(users, times, items, out);
    cofi::kernels::scores(kernel_view(), users, items, out);
    clip_.all(out, users.size() * static_cast<std::size_t>(items));
  }

  // A user's vector is what it rated; its biases are the damped means of what is left.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (!item_factors_.is_cpu()) return false;
    const auto users = static_cast<std::int32_t>(user_bias_.size(0));
    const SparseRows ratings = cofi::rows_by_user(rows, users, pool);
    std::vector<double> bias(static_cast<std::size_t>(users));
    cofi::kernels::damped_biases(ratings, mean_, item_baseline_, baseline_.reg_user, bias, pool);
    SparseRows own = ratings;
    take_baseline(own, bias);
    cofi::replace_rows(*terms_[0].sets, own);
    const RowTable sums = cofi::kernels::row_table(sums_);
    const RowTable items = cofi::kernels::row_table(item_factors_);
    for (std::int32_t user = 0; user < users; ++user) {
      if (ratings.row(user).empty()) continue;
      std::fill(sums.row(user), sums.row(user) + sums.stride, 0.0F);
      for (const Term& term : terms_) term.kernel_sets().add_sum(user, sums.row(user));
      double rest = 0;
      for (const SparseRows::Entry& rating : ratings.row(user)) {
        rest += rating.value - mean_ - item_bias_.data_ptr<float>()[rating.id] -
                cofi::kernels::dot(sums.row(user), items.row(rating.id), sums.stride);
      }
      const auto count = static_cast<double>(ratings.row(user).size());
      user_bias_.data_ptr<float>()[user] = static_cast<float>(rest / (count + fold_in_reg_));
    }
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    archive("item_baseline", item_baseline_);
    parameters_state(archive);
    for (Term& term : terms_) {
      if (term.weighted || term.name != kRated) {
        cofi::rows_state(archive, term.weighted ? "ratings" : "feedback." + term.name, *term.sets);
      }
    }
    if (!archive.reading()) return;
    cofi::kernels::pad_rows(item_factors_);
    for (Term& term : terms_) cofi::kernels::pad_rows(term.vectors);
    sums_ = cofi::kernels::padded_rows(user_bias_.size(0), factors_);
    refresh(cofi::ThreadPool(1));
  }

  // What the user rated, each item with all that it counts; then those of further feedback sets.
  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", mean_);
    if (user >= 0) why.add("user bias", user_bias_[user].item<double>(), cofi::Rows::kUsers, user);
    if (item >= 0) why.add("item bias", item_bias_[item].item<double>(), cofi::Rows::kItems, item);
    if (user >= 0 && item >= 0) {
      const at::NoGradGuard no_grad;
      const at::Tensor factors = item_factors_[item].cpu().to(at::kDouble);
      const std::size_t rated = why.terms.size();
      for (const Term& term : terms_) {
        const View<SparseRows::Entry> set = term.sets->row(user);
        const double scale = term.kernel_sets_on_cpu().scale(user);
        const bool joins = !term.weighted && term.name == kRated;
        for (std::size_t n = 0; n < set.size(); ++n) {
          const SparseRows::Entry& entry = set.data()[n];
          const double dot = (factors * term.vectors[entry.id].cpu()).sum().item<double>();
          const double value = (term.weighted ? entry.value : 1) * scale * dot;
          if (joins) {
            why.terms[rated + n].value += value;
          } else {
            why.add(term.name, value, cofi::Rows::kItems, entry.id);
          }
        }
      }
    }
    clip_.explain(why);
    return why;
  }

 private:
  // A part of users' vectors.
  struct Term {
    std::string name;
    std::shared_ptr<SparseRows> sets;  // [users] the items; their values are ratings less baseline
    bool weighted;                     // by those: x; else y
    at::Tensor vectors;                // [items x factors]
    std::vector<std::int64_t> counts;  // [items] the sets that an item stands in, in training

    std::string parameter() const { return weighted ? "rated_items" : "implicit_items." + name; }
    ImplicitSets kernel_sets() const {
      return {sets.get(), cofi::kernels::row_table(vectors), weighted};
    }
    ImplicitSets kernel_sets_on_cpu() const { return {sets.get(), {}, weighted}; }
  };

  void find_residuals(const cofi::FitContext& context) {
    const SparseRows by_item = cofi::rows_by_item(context.train, context.items, context.pool);
    cofi::kernels::Biases biases =
        cofi::kernels::als_biases(ratings_, by_item, mean_, baseline_, context.pool);
    item_baseline_ = std::move(biases.items);
    *terms_[0].sets = ratings_;
    take_baseline(*terms_[0].sets, biases.users);
  }

  // value -= mean + the baseline's biases
  void take_baseline(SparseRows& rows, const std::vector<double>& user_bias) const {
    for (std::int32_t user = 0; user < rows.size(); ++user) {
      const double base = mean_ + user_bias[static_cast<std::size_t>(user)];
      for (std::int64_t n = rows.starts[static_cast<std::size_t>(user)];
           n < rows.starts[static_cast<std::size_t>(user) + 1]; ++n) {
        SparseRows::Entry& entry = rows.entries[static_cast<std::size_t>(n)];
        const double item = item_baseline_[static_cast<std::size_t>(entry.id)];
        entry.value = static_cast<float>(entry.value - base - item);
      }
    }
  }

  // The terms of unknown ids (-1) drop out; on any device.
  at::Tensor values(const at::Tensor& users, const at::Tensor& items) const {
    const at::Tensor user_known = users.ge(0), item_known = items.ge(0);
    const at::Tensor item = items.clamp_min(0);
    at::Tensor vectors;
    for (const Term& term : terms_) {
      const at::Tensor sums =
          cofi::kernels::implicit_sums(*term.sets, term.weighted, term.vectors, users);
      vectors = vectors.defined() ? vectors + sums : sums;
    }
    const at::Tensor dots = (vectors * at::index_select(item_factors_, 0, item)).sum(1);
    return at::index_select(user_bias_, 0, users.clamp_min(0)) * user_known +
           at::index_select(item_bias_, 0, item) * item_known + dots * item_known + mean_;
  }

  void predict_on_device(const cofi::Query& query, float* out) const {
    const at::NoGradGuard no_grad;
    const auto n = static_cast<std::int64_t>(query.size());
    if (n == 0) return;
    const auto ids = [&](View<std::int32_t> view) {
      return at::from_blob(const_cast<std::int32_t*>(view.data()), {n}, at::kInt)
          .to(item_factors_.device());
    };
    at::from_blob(out, {n}, at::kFloat).copy_(values(ids(query.users), ids(query.items)));
  }

  cofi::kernels::BiasedFactors kernel_view() const {
    return {static_cast<float>(mean_), user_bias_.data_ptr<float>(), item_bias_.data_ptr<float>(),
            cofi::kernels::row_table(sums_), cofi::kernels::row_table(item_factors_)};
  }

  std::vector<ImplicitSets> all_sets() const {
    std::vector<ImplicitSets> all;
    for (const Term& term : terms_) all.push_back(term.kernel_sets());
    return all;
  }

  // The vectors of a batch's users as x and y are now, and which of them each rating has.
  void load(const cofi::BatchRows& users, const cofi::ThreadPool& pool) {
    const std::int64_t stride = item_factors_.stride(0);
    const std::vector<ImplicitSets> all = all_sets();
    vectors_.assign(users.rows.size() * static_cast<std::size_t>(stride), 0);
    places_.resize(users.order.size());
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(pool, static_cast<std::int64_t>(users.rows.size()), kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t m = begin; m < end; ++m) {
                           const std::int32_t user = users.rows.data()[m];
                           for (const ImplicitSets& sets : all)
                             sets.add_sum(user, vectors_.data() + m * stride);
                           for (std::int32_t at = users.starts.data()[m];
                                at < users.starts.data()[m + 1]; ++at) {
                             places_[static_cast<std::size_t>(users.order.data()[at])] =
                                 static_cast<std::int32_t>(m);
                           }
                         }
                       });
  }

  // Fills slopes_ with d (batch loss) / d (prediction) of each rating; returns the losses' sum.
  double slopes(const cofi::Batch& batch, const cofi::RowGradients& out) {
    const std::int32_t* users = batch.users.data_ptr<std::int32_t>();
    const std::int32_t* items = batch.items.data_ptr<std::int32_t>();
    const float *user_bias = user_bias_.data_ptr<float>(),
                *item_bias = item_bias_.data_ptr<float>();
    const RowTable factors = cofi::kernels::row_table(item_factors_);
    const auto mean = static_cast<float>(mean_);
    slopes_.resize(static_cast<std::size_t>(batch.size()));
    constexpr std::int64_t kGrain = 512;
    return cofi::kernels::batch_slopes(
        batch, out, kGrain, slopes_.data(), [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t n = begin; n < end; ++n) {
            const auto at = static_cast<std::size_t>(n);
            const float* user = vectors_.data() + places_[at] * factors.stride;
            slopes_[at] = mean + user_bias[users[n]] + item_bias[items[n]] +
                          cofi::kernels::dot(user, factors.row(items[n]), factors.stride);
          }
        });
  }

  // rows[m] += the sum of slope times the table's row over the ratings of group m.
  void add_rows(const cofi::ThreadPool& pool, const cofi::BatchRows& groups, const RowTable& table,
                const std::int32_t* ids, float* rows, std::int64_t stride) const {
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(pool, static_cast<std::int64_t>(groups.rows.size()), kGrain,
                       [&](std::int64_t begin, std::int64_t end) {
                         cofi::kernels::add_weighted_rows(table, groups, begin, end, ids,
                                                          slopes_.data(), rows, stride);
                       });
  }

  std::int64_t factors_;
  std::vector<std::string> feedback_;
  bool sequential_;
  double implicit_rate_;
  bool by_frequency_;
  std::optional<double> reg_item_factors_, reg_rated_, reg_implicit_, reg_user_bias_,
      reg_item_bias_;
  bool normal_;
  double deviation_;  // of initial factors
  cofi::kernels::BiasOptions baseline_;
  double fold_in_reg_;
  cofi::Clipping clip_;

  double mean_ = 0;
  std::vector<double> item_baseline_;  // [items]
  at::Tensor user_bias_, item_bias_;   // [users], [items]
  at::Tensor item_factors_;            // [items x factors], padded rows, as are the following
  std::vector<Term> terms_;            // x, then y of each feedback set
  at::Tensor sums_;                    // [users x factors] the users' vectors, on the CPU
  std::vector<std::int64_t> user_counts_, item_counts_;
  SparseRows ratings_;
  // Scratch of gradient(): the batch's users' vectors, whose each rating is, and slopes.
  std::vector<float> vectors_, slopes_;
  std::vector<std::int32_t> places_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, AsymmetricSvd, "asymmetric_svd", "1.0.0",
            "Asymmetric SVD: a user's factors are sums over the items that it rated.", kParams)
