// mean + b_u + b_i + (p_u + sums of y_j) . (q_i + sums of z_v). See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
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
#include "cofi/kernels/ridge.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/kernels/sequential.hpp"
#include "cofi/plugin/plugin.hpp"

#include "batch_gradient.hpp"
#include "side.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;
using cofi::kernels::kRated;
using cofi::kernels::RowTable;
using svdpp::Side;

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "20", 1, 4096, "Length of all factor vectors."),
    cofi::list_of(cofi::text("feedback", "[rated]",
                             "Implicit feedback sets: the dataset's, by name, and rated: the "
                             "training interactions.")),
    cofi::choice("side", "user", "user|item|both",
                 "Whose vectors gain the sum of their feedback: the users' (of the items in their "
                 "sets), the items' (of the users whose sets they are in), or both."),
    cofi::choice("solver", "batch", "batch|sequential",
                 "batch: any optimizer, on batches; sequential: plain sgd, a rating at a time."),
    cofi::real("implicit_rate", "null", 0, 1000,
               "sequential: learning rate of implicit factors over the optimizer's (1)."),
    cofi::choice("reg_scale", "none", "none|frequency",
                 "frequency (sequential): a row's regularization over the square root of its "
                 "number of interactions."),
    cofi::real("reg_user_factors", "null", 0, 1e9,
               "Regularization of user factors (the optimizer's weight_decay)."),
    cofi::real("reg_item_factors", "null", 0, 1e9,
               "Regularization of item factors (the optimizer's weight_decay)."),
    cofi::real("reg_user_bias", "null", 0, 1e9,
               "Regularization of user biases (the optimizer's weight_decay)."),
    cofi::real("reg_item_bias", "null", 0, 1e9,
               "Regularization of item biases (the optimizer's weight_decay)."),
    cofi::real("reg_implicit", "null", 0, 1e9,
               "Regularization of implicit factors (the optimizer's weight_decay)."),
    cofi::choice("init_distribution", "normal", "normal|uniform",
                 "Initial factors, around 0; biases start at 0."),
    cofi::real("init_deviation", "0.1", 0, 10, "Standard deviation of initial factors."),
    cofi::late(cofi::real("fold_in_reg", "10", 1e-9, 1e9,
                          "Ridge penalty of the bias and factors of a user who is folded in.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

class SvdPlusPlus final : public cofi::GradientModel {
 public:
  explicit SvdPlusPlus(const cofi::Params& params)
      : factors_(params.integer("factors")),
        feedback_(cofi::kernels::feedback_names(params)),
        sequential_(params.text("solver") == "sequential"),
        implicit_rate_(params.optional_real("implicit_rate").value_or(1)),
        by_frequency_(params.text("reg_scale") == "frequency"),
        reg_user_factors_(params.optional_real("reg_user_factors")),
        reg_item_factors_(params.optional_real("reg_item_factors")),
        reg_user_bias_(params.optional_real("reg_user_bias")),
        reg_item_bias_(params.optional_real("reg_item_bias")),
        reg_implicit_(params.optional_real("reg_implicit")),
        normal_(params.text("init_distribution") == "normal"),
        deviation_(params.real("init_deviation")),
        fold_in_reg_(params.real("fold_in_reg")),
        clip_(params.boolean("clip")) {
    check(params);
    const std::string side = params.text("side");
    for (Side* own : {&users_, &items_}) {
      own->factors = at::empty({0, factors_}, at::kFloat);
      own->bias = at::empty({0}, at::kFloat);
      own->sums = at::empty({0, factors_}, at::kFloat);
      if (side != "both" && side != (own == &users_ ? "user" : "item")) continue;
      for (std::size_t set = 0; set < feedback_.size(); ++set) {
        own->sets.push_back(std::make_shared<SparseRows>());
        own->implicit.push_back(at::empty({0, factors_}, at::kFloat));
      }
    }
  }

  void setup(const cofi::FitContext& context) override {
    mean_ = context.train.mean();
    clip_.take(context.scale);
    user_counts_.assign(context.user_counts.begin(), context.user_counts.end());
    item_counts_.assign(context.item_counts.begin(), context.item_counts.end());
    ratings_by_user_ = std::make_shared<SparseRows>(
        cofi::rows_by_user(context.train, context.users, context.pool));
    ratings_by_item_ = std::make_shared<SparseRows>(
        cofi::rows_by_item(context.train, context.items, context.pool));
    set_up(users_, "user", context, user_counts_, context.items);
    set_up(items_, "item", context, item_counts_, context.users);
  }

  std::vector<cofi::Parameter> parameters() override {
    using cofi::Rows;
    std::vector<cofi::Parameter> all = {
        {"user_factors", users_.factors, Rows::kUsers, reg_user_factors_},
        {"user_bias", users_.bias, Rows::kUsers, reg_user_bias_},
        {"item_factors", items_.factors, Rows::kItems, reg_item_factors_},
        {"item_bias", items_.bias, Rows::kItems, reg_item_bias_}};
    // A batch touches the rows of whole sets, not those of its own items (or users) alone.
    for (std::size_t set = 0; set < users_.implicit.size(); ++set) {
      all.push_back(
          {"implicit_items." + feedback_[set], users_.implicit[set], Rows::kShared, reg_implicit_});
    }
    for (std::size_t set = 0; set < items_.implicit.size(); ++set) {
      all.push_back(
          {"implicit_users." + feedback_[set], items_.implicit[set], Rows::kShared, reg_implicit_});
    }
    return all;
  }

  at::Tensor forward(const cofi::Batch& batch) override {
    return values(batch.users, batch.items, users_.vectors(batch.users),
                  items_.vectors(batch.items));
  }

  bool gradient(const cofi::Batch& batch, cofi::RowGradients& out, double& loss_sum) override {
    if (!users_.factors.is_cpu()) return false;
    loss_sum = batch_gradient_.add(users_, items_, static_cast<float>(mean_), batch, out);
    return true;
  }

  void refresh(const cofi::ThreadPool& pool) override {
    users_.refresh_sums(pool);
    items_.refresh_sums(pool);
  }

  bool runs_passes() const override { return sequential_; }

  // By user, or by item where only items have sums, or in turn where both have.
  double pass(const cofi::SgdPass& pass) override {
    const bool by_items = users_.sets.empty() || (!items_.sets.empty() && pass.epoch % 2 == 0);
    Side &own = by_items ? items_ : users_, &other = by_items ? users_ : items_;
    other.refresh_sums(pass.pool);
    const cofi::kernels::RowPenalties reg{pass.weight_decay, by_frequency_};
    const std::vector<float> user_factors = reg.of(reg_user_factors_, user_counts_);
    const std::vector<float> item_factors = reg.of(reg_item_factors_, item_counts_);
    const std::vector<float> user_bias = reg.of(reg_user_bias_, user_counts_);
    const std::vector<float> item_bias = reg.of(reg_item_bias_, item_counts_);
    using Pass = cofi::kernels::ImplicitPass;
    const Pass::Side by_user{users_.bias.data_ptr<float>(),
                             cofi::kernels::row_table(users_.factors), user_bias.data(),
                             user_factors.data()};
    const Pass::Side by_item{items_.bias.data_ptr<float>(),
                             cofi::kernels::row_table(items_.factors), item_bias.data(),
                             item_factors.data()};
    std::vector<std::vector<float>> reg_implicit;
    std::vector<Pass::Sets> sets;
    for (std::size_t set = 0; set < own.sets.size(); ++set) {
      reg_implicit.push_back(
          reg.of(reg_implicit_, cofi::kernels::appearances(*own.sets[set], other.size())));
      sets.push_back({own.kernel_sets(set), reg_implicit.back().data()});
    }
    return cofi::kernels::implicit_pass(
        pass, {by_items ? *ratings_by_item_ : *ratings_by_user_, static_cast<float>(mean_),
               by_items ? by_item : by_user, by_items ? by_user : by_item, std::move(sets),
               other.sets.empty() ? RowTable() : cofi::kernels::row_table(other.sums),
               static_cast<float>(implicit_rate_)});
  }

  void predict(const cofi::Query& query, float* out) const override {
    if (users_.factors.is_cpu()) {
      predict_pairs(query, out);
    } else {
      predict_on_device(query, out);
    }
    clip_.all(out, query.size());
  }

  void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    if (!users_.factors.is_cpu()) return cofi::Model::score(users, times, items, out);
    // Of the asked users alone: their numbers here are 0, 1, ...
    const auto stride = static_cast<std::size_t>(cofi::kernels::padded(factors_));
    std::vector<float> user_vectors(users.size() * stride), user_bias, item_vectors;
    std::vector<std::int32_t> numbers;
    users_.stored_vectors(users, user_vectors.data());
    for (const std::int32_t user : users) {
      numbers.push_back(user < 0 ? -1 : static_cast<std::int32_t>(numbers.size()));
      user_bias.push_back(user < 0 ? 0 : users_.bias.data_ptr<float>()[user]);
    }
    const auto row = static_cast<std::int64_t>(stride);
    RowTable item_table = cofi::kernels::row_table(items_.factors);
    if (!items_.sets.empty()) {
      item_vectors = vectors_of_items(items);
      item_table = {item_vectors.data(), row, factors_};
    }
    cofi::kernels::scores(
        {static_cast<float>(mean_), user_bias.data(), items_.bias.data_ptr<float>(),
         RowTable{user_vectors.data(), row, factors_}, item_table},
        numbers, items, out);
    clip_.all(out, users.size() * static_cast<std::size_t>(items));
  }

  // The cosine of the items' vectors, sums included.
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    if (items_.sets.empty() || !items_.factors.is_cpu()) {
      return cofi::Model::similar_items(item, items, out);
    }
    const std::int64_t stride = cofi::kernels::padded(factors_);
    const std::vector<float> vectors = vectors_of_items(items);
    const auto dot = [&](std::int32_t a, std::int32_t b) {
      return cofi::kernels::dot(vectors.data() + a * stride, vectors.data() + b * stride, stride);
    };
    for (std::int32_t other = 0; other < items; ++other) {
      const float norms = dot(item, item) * dot(other, other);
      out[other] = norms > 0 ? dot(item, other) / std::sqrt(norms) : 0;
    }
    return true;
  }

  // Each user's bias and factors by ridge regression on its ratings, all else as it is: its sum is
  // that of what it rated here and of its other sets.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (!users_.factors.is_cpu()) return false;
    const auto own = cofi::rows_by_user(rows, users_.size(), pool);
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(pool, users_.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (auto user = static_cast<std::int32_t>(begin); user < end; ++user) {
        if (own.row(user).empty()) continue;
        fold_in_sum(user, own);
        solve(user, own.row(user));
      }
    });
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    parameters_state(archive);
    if (!users_.sets.empty()) archive("user_sums", users_.sums);
    if (!items_.sets.empty()) archive("item_sums", items_.sums);
    // What folding in a user asks for; what it rated then is among the rows.
    for (std::size_t set = 0; set < users_.sets.size(); ++set) {
      if (feedback_[set] != kRated) {
        cofi::rows_state(archive, "feedback." + feedback_[set], *users_.sets[set]);
      }
    }
    if (!archive.reading()) return;
    for (Side* side : {&users_, &items_}) {
      side->sums = side->sums.to(side->factors.device());
      cofi::kernels::pad_rows(side->factors);
      cofi::kernels::pad_rows(side->sums);
      for (at::Tensor& table : side->implicit) cofi::kernels::pad_rows(table);
    }
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("mean", mean_);
    if (user >= 0) why.add("user bias", users_.bias[user].item<double>(), cofi::Rows::kUsers, user);
    if (item >= 0) why.add("item bias", items_.bias[item].item<double>(), cofi::Rows::kItems, item);
    if (user >= 0 && item >= 0) {
      const at::NoGradGuard no_grad;
      const auto term = [&](const char* name, const at::Tensor& a, const at::Tensor& b) {
        why.add(name, (a.to(at::kDouble) * b.to(at::kDouble)).sum().item<double>());
      };
      const at::Tensor p = users_.factors[user], q = items_.factors[item];
      term("factors", p, q);
      const bool of_user = !users_.sets.empty(), of_item = !items_.sets.empty();
      const at::Tensor s = of_user ? users_.sums[user] : at::Tensor();
      const at::Tensor t = of_item ? items_.sums[item] : at::Tensor();
      if (of_user) term("user's implicit feedback", s, q);
      if (of_item) term("item's implicit feedback", p, t);
      if (of_user && of_item) term("both sides' implicit feedback", s, t);
    }
    clip_.explain(why);
    return why;
  }

 private:
  void check(const cofi::Params& params) const {
    if (feedback_.empty()) {
      throw params.error("feedback", "is empty: name a set, such as rated, or use model/svd");
    }
    cofi::kernels::check_solver(params, {"implicit_rate"});
  }

  void set_up(Side& side, const std::string& name, const cofi::FitContext& context,
              View<std::int64_t> counts, std::int32_t others) {
    const cofi::Random random = context.random.stream("init").stream(name);
    const bool cpu = context.device.is_cpu();
    const auto table = [&](const auto& rows, const std::string& what) {
      const at::Tensor made = cofi::kernels::random_rows(rows, factors_, normal_, deviation_,
                                                         random.stream(what), context.pool);
      return cpu ? made : made.to(context.device);
    };
    // Every row: those without training data, too, have a place that cold start can take.
    side.factors = table(static_cast<std::int64_t>(counts.size()), "factors");
    side.bias = at::zeros({static_cast<std::int64_t>(counts.size())},
                          at::TensorOptions(at::kFloat).device(context.device));
    if (side.sets.empty()) return;
    side.sums = cofi::kernels::padded_rows(static_cast<std::int64_t>(counts.size()), factors_)
                    .to(context.device);
    for (std::size_t set = 0; set < feedback_.size(); ++set) {
      *side.sets[set] = feedback_rows(feedback_[set], name == "user", context);
      side.implicit[set] =
          table(cofi::kernels::appearances(*side.sets[set], others), feedback_[set]);
    }
  }

  SparseRows feedback_rows(const std::string& name, bool by_user,
                           const cofi::FitContext& context) const {
    if (name == kRated) return by_user ? *ratings_by_user_ : *ratings_by_item_;
    const cofi::Interactions& set = cofi::kernels::feedback_set(context, "model/svdpp", name);
    return by_user ? cofi::rows_by_user(set, context.users, context.pool)
                   : cofi::rows_by_item(set, context.items, context.pool);
  }

  // The terms of unknown ids (-1) drop out; on any device.
  at::Tensor values(const at::Tensor& users, const at::Tensor& items,
                    const at::Tensor& user_vectors, const at::Tensor& item_vectors) const {
    const at::Tensor user_known = users.ge(0), item_known = items.ge(0);
    const at::Tensor dots = (user_vectors * item_vectors).sum(1);
    return at::index_select(users_.bias, 0, users.clamp_min(0)) * user_known +
           at::index_select(items_.bias, 0, items.clamp_min(0)) * item_known +
           dots * user_known * item_known + mean_;
  }

  void predict_on_device(const cofi::Query& query, float* out) const {
    const at::NoGradGuard no_grad;
    const auto n = static_cast<std::int64_t>(query.size());
    if (n == 0) return;
    const auto ids = [&](View<std::int32_t> view) {
      return at::from_blob(const_cast<std::int32_t*>(view.data()), {n}, at::kInt)
          .to(users_.factors.device());
    };
    const at::Tensor users = ids(query.users), items = ids(query.items);
    at::from_blob(out, {n}, at::kFloat)
        .copy_(values(users, items, users_.stored_vectors(users), items_.stored_vectors(items)));
  }

  void predict_pairs(const cofi::Query& query, float* out) const {
    const std::int64_t stride = cofi::kernels::padded(factors_);
    std::vector<float> user_vector(static_cast<std::size_t>(stride)), item_vector = user_vector;
    const float* user_bias = users_.bias.data_ptr<float>();
    const float* item_bias = items_.bias.data_ptr<float>();
    for (std::size_t n = 0; n < query.size(); ++n) {
      const std::int32_t user = query.users.data()[n], item = query.items.data()[n];
      float value =
          cofi::kernels::biased(static_cast<float>(mean_), user_bias, item_bias, user, item);
      if (user >= 0 && item >= 0) {
        users_.stored_vectors(user, user_vector.data());
        items_.stored_vectors(item, item_vector.data());
        value += cofi::kernels::dot(user_vector.data(), item_vector.data(), stride);
      }
      out[n] = value;
    }
  }

  // [items x stride]
  std::vector<float> vectors_of_items(std::int32_t items) const {
    std::vector<std::int32_t> all(static_cast<std::size_t>(items));
    std::iota(all.begin(), all.end(), 0);
    std::vector<float> vectors(all.size() *
                               static_cast<std::size_t>(cofi::kernels::padded(factors_)));
    items_.stored_vectors(all, vectors.data());
    return vectors;
  }

  void fold_in_sum(std::int32_t user, const SparseRows& rated) {
    if (users_.sets.empty()) return;
    const RowTable sums = cofi::kernels::row_table(users_.sums);
    std::fill(sums.row(user), sums.row(user) + sums.stride, 0.0F);
    for (std::size_t set = 0; set < users_.sets.size(); ++set) {
      cofi::kernels::ImplicitSets sets = users_.kernel_sets(set);
      if (feedback_[set] == kRated) sets.sets = &rated;
      sets.add_sum(user, sums.row(user));
    }
  }

  // value - mean - b_i - s_u . (q_i + t_i) = b_u + p_u . (q_i + t_i)
  void solve(std::int32_t user, View<SparseRows::Entry> ratings) {
    const auto width = static_cast<std::size_t>(factors_);
    const RowTable user_rows = cofi::kernels::row_table(users_.factors);
    std::vector<float> vector(static_cast<std::size_t>(user_rows.stride));
    std::vector<double> row(width + 1, 1.0);
    cofi::kernels::Ridge ridge(width + 1);
    for (const SparseRows::Entry& rating : ratings) {
      items_.stored_vectors(rating.id, vector.data());
      std::copy(vector.begin(), vector.begin() + factors_, row.begin());
      double rest = rating.value - mean_ - items_.bias.data_ptr<float>()[rating.id];
      if (!users_.sets.empty()) {
        const float* sum = cofi::kernels::row_table(users_.sums).row(user);
        rest -= std::inner_product(row.begin(), row.begin() + factors_, sum, 0.0);
      }
      ridge.add(row.data(), rest);
    }
    const std::vector<double> solved = ridge.solve(fold_in_reg_);
    std::transform(solved.begin(), solved.begin() + factors_, user_rows.row(user),
                   [](double value) { return static_cast<float>(value); });
    users_.bias.data_ptr<float>()[user] = static_cast<float>(solved[width]);
  }

  std::int64_t factors_;
  std::vector<std::string> feedback_;
  bool sequential_;
  double implicit_rate_;
  bool by_frequency_;
  std::optional<double> reg_user_factors_, reg_item_factors_, reg_user_bias_, reg_item_bias_,
      reg_implicit_;
  bool normal_;
  double deviation_;  // of initial factors
  double fold_in_reg_;
  cofi::Clipping clip_;

  double mean_ = 0;
  Side users_, items_;
  std::vector<std::int64_t> user_counts_, item_counts_;
  std::shared_ptr<const SparseRows> ratings_by_user_, ratings_by_item_;
  svdpp::BatchGradient batch_gradient_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, SvdPlusPlus, "svdpp", "1.0.0",
            "SVD++: factors plus sums over implicit feedback, of users, items or both.", kParams)
