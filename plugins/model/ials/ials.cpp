// Implicit feedback by alternating least squares. See README.md beside this file.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/normal_equations.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/row_shares.hpp"
#include "cofi/solo_communicator.hpp"
#include "cofi/sparse_rows.hpp"

#include "row_solver.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::integer("factors", "64", 1, 4096, "Length of the users' and items' factor vectors."),
    cofi::choice("confidence", "linear", "linear|log",
                 "An interaction of value r adds alpha r, or alpha log(1 + r / epsilon)."),
    cofi::real("alpha", "1", 1e-9, 1e9, "How much more an interaction weighs with its value."),
    cofi::real("epsilon", "1", 1e-9, 1e9, "log: the value from which on weights grow slowly."),
    cofi::real("unobserved_weight", "1", 0, 1e9, "What every cell of users x items weighs."),
    cofi::real("reg", "0.1", 0, 1e9, "Ridge penalty of users' and items' factors."),
    cofi::real("nu", "0", 0, 4, "A row's penalty is multiplied by its total weight to this power."),
    cofi::choice("solver", "cg", "cholesky|cg|block", "How a row's factors are solved for."),
    cofi::integer("cg_steps", "3", 1, 1000, "cg: steps from the row's last factors."),
    cofi::integer("block_size", "64", 1, 4096, "block: factors solved for at a time."),
    cofi::real(
        "init_deviation", "0.1", 1e-9, 10,
        "Initial user factors: a vector's standard deviation, 1 / sqrt(factors) of it each."),
    cofi::boolean("explain", "true", "Keep the users' interactions, to explain scores with."),
};

using cofi::SparseRows;
using cofi::kernels::RowTable;

constexpr std::int64_t kGrain = 16;  // rows that a thread solves at a time

class Ials final : public cofi::IterativeModel {
 public:
  explicit Ials(const cofi::Params& params)
      : factors_(params.integer("factors")),
        log_(params.text("confidence") == "log"),
        alpha_(params.real("alpha")),
        epsilon_(params.real("epsilon")),
        unobserved_weight_(params.real("unobserved_weight")),
        reg_(params.real("reg")),
        nu_(params.real("nu")),
        solver_(params.text("solver")),
        cg_steps_(params.integer("cg_steps")),
        block_size_(params.integer("block_size")),
        init_deviation_(params.real("init_deviation")),
        explain_(params.boolean("explain")) {
    user_factors_ = item_factors_ = at::empty({0}, at::kFloat);
  }

  cofi::Output output() const override { return cofi::Output::kScore; }

  void begin(const cofi::FitContext& context) override {
    context_ = &context;
    // A row's matrix, or its steps, take about as long as half as many interactions as factors.
    const std::int64_t row_cost = factors_ / 2;
    users_.emplace(work_before(context.user_counts), kGrain, context.communicator, row_cost);
    items_.emplace(work_before(context.item_counts), kGrain, context.communicator, row_cost);
    // One rank may find what is wrong with its rows alone.
    cofi::together(context.communicator, [&] {
      by_user_ = weighted(cofi::rows_by_user(context.train, context.users, context.pool,
                                             {users_->begin(), users_->end()}));
      by_item_ = weighted(cofi::rows_by_item(context.train, context.items, context.pool,
                                             {items_->begin(), items_->end()}));
    });
    interactions_ = sum_over_ranks(static_cast<std::int64_t>(by_user_.entries.size()));
    if (interactions_ == 0) {
      throw cofi::Error("model/ials: there are no training interactions (of values above 0)");
    }
    user_factors_ = cofi::kernels::padded_rows(context.users, factors_);
    item_factors_ = cofi::kernels::padded_rows(context.items, factors_);
    make_zero_bias();
    draw_user_factors(context.random.stream("init").stream("user_factors"));
  }

  // Items first: what a user's factors are in the end is what they are for these items.
  double epoch(std::int64_t) override {
    solve(by_item_, *items_, user_factors_, item_factors_, solver_, context_->pool, nullptr);
    double loss = 0;
    solve(by_user_, *users_, item_factors_, user_factors_, solver_, context_->pool, &loss);
    return loss / static_cast<double>(interactions_);
  }

  // Each rank solves its rows and sends them to all.
  double epoch_traffic(int ranks) override {
    const auto rows = static_cast<double>(user_factors_.size(0) + item_factors_.size(0));
    return sizeof(float) * rows * static_cast<double>(user_factors_.stride(0)) * (ranks - 1) /
           ranks;
  }

  void end() override {
    if (explain_) {
      known_ = std::move(by_user_);
      cofi::gather_rows(context_->communicator, known_, users_->first());
    }
    by_user_ = by_item_ = SparseRows();
  }

  void predict(const cofi::Query& query, float* out) const override {
    cofi::kernels::predict(kernel_view(), query.users, query.items, out);
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    cofi::kernels::scores(kernel_view(), users, items, out);
  }

  // The users' half of an epoch, to the minimum.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    const auto users = static_cast<std::int32_t>(user_factors_.size(0));
    const SparseRows own = weighted(cofi::rows_by_user(rows, users, pool));
    cofi::SoloCommunicator alone;
    const cofi::RowShares all(own.starts, kGrain, alone);
    solve(own, all, item_factors_, user_factors_, "cholesky", pool, nullptr);
    if (known_.size() == users) cofi::replace_rows(known_, own);
    return true;
  }

  void state(cofi::Archive& archive) override {
    cofi::kernels::padded_state(archive, "user_factors", user_factors_);
    cofi::kernels::padded_state(archive, "item_factors", item_factors_);
    cofi::rows_state(archive, "known", known_);
    if (archive.reading()) make_zero_bias();
  }

  std::vector<cofi::Parameter> parameters() override {
    return {{"user_factors", user_factors_, cofi::Rows::kUsers},
            {"item_factors", item_factors_, cofi::Rows::kItems}};
  }

  // The user's factors are a sum over what it interacted with, and so is a score: Hu, Koren and
  // Volinsky (2008), section 5. What the sum leaves, as factors have not converged, is a term.
  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    if (user < 0 || item < 0) return why;
    if (known_.size() == 0) return std::nullopt;
    const auto row = known_.row(user);
    const ials::OtherSide items = other_side(item_factors_, cofi::ThreadPool(1));
    cofi::kernels::NormalEquations equations(factors_);
    std::vector<float> pull(static_cast<std::size_t>(equations.stride()));
    equations.start(items.gram.data());
    for (const auto& entry : row) equations.add(items.table.row(entry.id), entry.value, 0);
    equations.add(items.table.row(item), 0, 1);
    equations.penalize(0, factors_, penalty(row.size(), item_factors_.size(0)));
    equations.solve(pull.data());
    for (const auto& entry : row) {
      const double similarity =
          cofi::kernels::dot(items.table.row(entry.id), pull.data(), items.table.stride);
      why.add("interaction", similarity * (unobserved_weight_ + entry.value), cofi::Rows::kItems,
              entry.id);
    }
    float score = 0;
    predict({{&user, 1}, {&item, 1}, {}}, &score);
    why.add("remainder", score - why.sum());
    return why;
  }

 private:
  // [rows + 1] what there is to do before each row, in interactions. Where the factors of a row's
  // interactions outgrow the caches, each takes up to twice as long.
  std::vector<std::int64_t> work_before(cofi::View<std::int64_t> counts) const {
    constexpr double kCached = 1 << 21;  // floats
    std::vector<std::int64_t> before(counts.size() + 1, 0);
    for (std::size_t row = 0; row < counts.size(); ++row) {
      const auto count = static_cast<double>(counts[row]);
      const double uncached = std::min(1.0, count * static_cast<double>(factors_) / kCached);
      before[row + 1] = before[row] + std::llround(count * (1 + uncached));
    }
    return before;
  }

  std::int64_t sum_over_ranks(std::int64_t mine) const {
    const at::Tensor sum = at::full({1}, mine, at::kLong);
    context_->communicator.all_reduce(sum, cofi::ReduceOp::kSum)->wait();
    return sum.item<std::int64_t>();
  }

  // Values become what their cells weigh beyond unobserved_weight; a value of 0 is no interaction.
  SparseRows weighted(SparseRows rows) const {
    std::size_t kept = 0;
    std::int64_t begin = 0;
    for (std::size_t row = 0; row + 1 < rows.starts.size(); ++row) {
      const std::int64_t end = rows.starts[row + 1];
      for (; begin < end; ++begin) {
        SparseRows::Entry entry = rows.entries[static_cast<std::size_t>(begin)];
        if (!(entry.value >= 0)) {
          throw cofi::Error("model/ials: an interaction has the value ", entry.value,
                            "; confidence grows with values of at least 0: choose among them with "
                            "the filter implicit, or make all 1 with binarise");
        }
        const double value = log_ ? std::log1p(entry.value / epsilon_) : double{entry.value};
        entry.value = static_cast<float>(alpha_ * value);
        if (entry.value > 0) rows.entries[kept++] = entry;
      }
      rows.starts[row + 1] = static_cast<std::int64_t>(kept);
    }
    rows.entries.resize(kept);
    return rows;
  }

  // Each row from a stream of its own; zeros for users without interactions.
  void draw_user_factors(const cofi::Random& random) {
    const RowTable table = cofi::kernels::row_table(user_factors_);
    const double deviation = init_deviation_ / std::sqrt(static_cast<double>(factors_));
    users_->run(context_->pool, {user_factors_}, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t user = begin; user < end; ++user) {
        if (by_user_.row(static_cast<std::int32_t>(user)).empty()) continue;
        cofi::Random own = random.stream(static_cast<std::uint64_t>(user));
        std::generate_n(table.row(user), factors_,
                        [&] { return static_cast<float>(deviation * own.normal()); });
      }
      return 0.0;
    });
  }

  ials::OtherSide other_side(const at::Tensor& factors, const cofi::ThreadPool& pool) const {
    const RowTable table = cofi::kernels::row_table(factors);
    const auto weight = static_cast<float>(unobserved_weight_);
    ials::OtherSide side{table, cofi::kernels::gram(table, factors.size(0), pool), weight};
    for (float& value : side.gram) value *= weight;
    return side;
  }

  std::unique_ptr<ials::RowSolver> row_solver(const std::string& name,
                                              const ials::OtherSide& other) const {
    if (name == "cholesky") return ials::cholesky(other);
    if (name == "block") return ials::block(other, block_size_);
    return ials::conjugate_gradient(other, cg_steps_);
  }

  // Of a row with so many interactions among so many cells.
  double penalty(std::size_t interactions, std::int64_t cells) const {
    const double weight =
        static_cast<double>(interactions) + unobserved_weight_ * static_cast<double>(cells);
    return reg_ * std::pow(weight, nu_);
  }

  // Solves for the factors of each row that has interactions; the ranks share the rows. Where asked
  // for, total_loss becomes the weighted squared error of all their cells.
  void solve(const SparseRows& rows, const cofi::RowShares& shares, const at::Tensor& other_factors,
             const at::Tensor& factors, const std::string& solver, const cofi::ThreadPool& pool,
             double* total_loss) const {
    const ials::OtherSide other = other_side(other_factors, pool);
    const RowTable table = cofi::kernels::row_table(factors);
    const double sum_of_losses =
        shares.run(pool, {factors}, [&](std::int64_t begin, std::int64_t end) {
          const auto one = row_solver(solver, other);
          double sum = 0;
          for (auto id = static_cast<std::int32_t>(begin); id < end; ++id) {
            const auto row = rows.row(id);
            if (row.empty()) continue;
            one->solve(row, penalty(row.size(), other_factors.size(0)), table.row(id));
            if (total_loss != nullptr) sum += loss(row, other, table.row(id));
          }
          return sum;
        });
    if (total_loss != nullptr) *total_loss = sum_of_losses;
  }

  double loss(cofi::View<SparseRows::Entry> row, const ials::OtherSide& other,
              const float* x) const {
    double sum = 0;
    for (std::int64_t f = 0; f < factors_; ++f) {
      const float* gram = other.gram.data() + f * other.table.stride;
      sum += double{x[f]} * cofi::kernels::dot(gram, x, other.table.stride);
    }
    for (const auto& entry : row) {
      const double weight = unobserved_weight_ + entry.value;
      const double score = cofi::kernels::dot(other.table.row(entry.id), x, other.table.stride);
      sum += weight * (1 - 2 * score) + entry.value * score * score;
    }
    return sum;
  }

  void make_zero_bias() {
    const auto longest = std::max(user_factors_.size(0), item_factors_.size(0));
    zero_bias_.assign(static_cast<std::size_t>(longest), 0.0F);
  }

  cofi::kernels::BiasedFactors kernel_view() const {
    return {0, zero_bias_.data(), zero_bias_.data(), cofi::kernels::row_table(user_factors_),
            cofi::kernels::row_table(item_factors_)};
  }

  std::int64_t factors_;
  bool log_;
  double alpha_, epsilon_, unobserved_weight_, reg_, nu_;
  std::string solver_;
  std::int64_t cg_steps_, block_size_;
  double init_deviation_;
  bool explain_;

  const cofi::FitContext* context_ = nullptr;     // of the fit
  std::optional<cofi::RowShares> users_, items_;  // whose rows this rank solves
  std::int64_t interactions_ = 0;                 // of all ranks
  SparseRows by_user_, by_item_;  // of the fit: the weights of this rank's training interactions
  at::Tensor user_factors_, item_factors_;  // [users x factors], [items x factors], padded rows
  std::vector<float> zero_bias_;            // what kernels of biased factors take
  SparseRows known_{{0}, {}};               // after the fit: the users' weights, to explain with
};

}  // namespace

COFI_PLUGIN(cofi::Model, Ials, "ials", "1.0.0",
            "Implicit feedback by alternating least squares, weighted by confidence.", kParams)
