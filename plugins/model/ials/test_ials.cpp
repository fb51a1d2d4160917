#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/iterative_model.hpp"
#include "cofi/testing/catch2.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Contains;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::unique_ptr<cofi::IterativeModel> ials(const std::string& parameters) {
  auto model = cofi::testing::make<cofi::Model>("model/ials", "{" + parameters + "}");
  return std::unique_ptr<cofi::IterativeModel>(static_cast<cofi::IterativeModel*>(model.release()));
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

using Table = std::vector<std::vector<double>>;  // [rows][factors]

Table table(cofi::Model& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name != name) continue;
    Table rows;
    for (std::int64_t row = 0; row < parameter.value.size(0); ++row) {
      rows.emplace_back();
      for (std::int64_t f = 0; f < parameter.value.size(1); ++f) {
        rows.back().push_back(parameter.value[row][f].item<double>());
      }
    }
    return rows;
  }
  throw std::logic_error("no parameter " + name);
}

// The hand toy with values of 0 to 5: the 0 is a cell without interaction.
Toy valued_toy() {
  Toy toy = cofi::testing::hand_toy();
  toy.data.interactions.values = std::vector<float>{5, 3, 4, 1, 2, 0};
  return toy;
}

// What the factors minimize, cell by cell: Hu, Koren and Volinsky (2008), equation 3.
struct Objective {
  bool log = false;
  double alpha = 1, epsilon = 1, unobserved = 1, reg = 0.1, nu = 0;

  // values[user][item], 0 where there is no interaction.
  double error(const Table& values, const Table& p, const Table& q) const {
    double sum = 0;
    for (std::size_t u = 0; u < p.size(); ++u) {
      for (std::size_t i = 0; i < q.size(); ++i) {
        double score = 0;
        for (std::size_t f = 0; f < p[u].size(); ++f) score += p[u][f] * q[i][f];
        const double r = values[u][i];
        const double weight = unobserved + alpha * (log ? std::log(1 + r / epsilon) : r);
        sum += weight * (score - (r > 0 ? 1 : 0)) * (score - (r > 0 ? 1 : 0));
      }
    }
    return sum;
  }
  double penalty(const Table& values, const Table& p, const Table& q) const {
    double sum = 0;
    for (std::size_t u = 0; u < p.size(); ++u) {
      double count = 0, square = 0;
      for (std::size_t i = 0; i < q.size(); ++i) count += values[u][i] > 0 ? 1 : 0;
      for (const double v : p[u]) square += v * v;
      sum += reg * std::pow(count + unobserved * static_cast<double>(q.size()), nu) * square;
    }
    return sum;
  }
  // The largest slope of both by a number of p, by central differences (exact: they are quadratic).
  double largest_slope(const Table& values, Table p, const Table& q) const {
    double largest = 0;
    for (auto& row : p) {
      for (double& v : row) {
        constexpr double kStep = 1e-3;
        const double kept = v;
        v = kept + kStep;
        const double above = error(values, p, q) + penalty(values, p, q);
        v = kept - kStep;
        const double below = error(values, p, q) + penalty(values, p, q);
        v = kept;
        largest = std::max(largest, std::abs(above - below) / (2 * kStep));
      }
    }
    return largest;
  }
};

Table cells(const cofi::Interactions& rows, std::size_t users, std::size_t items) {
  Table values(users, std::vector<double>(items));
  for (std::size_t n = 0; n < rows.size(); ++n) {
    values[static_cast<std::size_t>(rows.users[n])][static_cast<std::size_t>(rows.items[n])] =
        rows.values[n];
  }
  return values;
}

double largest_difference(const Table& a, const Table& b) {
  double largest = 0;
  for (std::size_t r = 0; r < a.size(); ++r) {
    for (std::size_t f = 0; f < a[r].size(); ++f) {
      largest = std::max(largest, std::abs(a[r][f] - b[r][f]));
    }
  }
  return largest;
}

}  // namespace

TEST_CASE("model/ials minimizes its objective") {
  const Toy toy = valued_toy();
  const ToyContext toy_context(toy);
  const Table values = cells(toy_context.context().train, 3, 3);
  struct Case {
    const char* parameters;
    Objective objective;
  };
  const Case cases[] = {{"", {}},
                        {"confidence: log, alpha: 3.0, epsilon: 0.5", {true, 3, 0.5}},
                        {"unobserved_weight: 0.2, nu: 1.0, reg: 0.05", {false, 1, 1, 0.2, 0.05, 1}},
                        {"unobserved_weight: 0.0, alpha: 2.0", {false, 2, 1, 0}}};
  for (const Case& one : cases) {
    INFO(one.parameters);
    const std::string parameters =
        std::string("factors: 2, init_deviation: 1.0, solver: cholesky, ") + one.parameters;
    const auto model = ials(parameters);
    model->begin(toy_context.context());
    const double loss = model->epoch(1);
    const Table p = table(*model, "user_factors"), q = table(*model, "item_factors");
    CHECK(one.objective.largest_slope(values, p, q) < 1e-4);
    CHECK(loss == Approx(one.objective.error(values, p, q) / 5).epsilon(1e-4));
    CHECK(loss > 0.001);
  }
  SECTION("items are solved for before users") {
    const auto model = ials("factors: 2, init_deviation: 1.0, solver: cholesky");
    model->begin(toy_context.context());
    const Table p = table(*model, "user_factors");
    model->epoch(1);
    Table turned(3, std::vector<double>(3));
    for (std::size_t u = 0; u < 3; ++u) {
      for (std::size_t i = 0; i < 3; ++i) turned[i][u] = values[u][i];
    }
    CHECK(Objective().largest_slope(turned, table(*model, "item_factors"), p) < 1e-4);
  }
}

TEST_CASE("model/ials: solvers") {
  const Toy toy = cofi::testing::implicit_toy();
  const ToyContext toy_context(toy);
  const auto after = [&](const std::string& solver, int epochs) {
    auto model = ials("factors: 21, init_deviation: 1.0, alpha: 3.0, " + solver);
    model->begin(toy_context.context());
    double loss = 0;
    for (int epoch = 1; epoch <= epochs; ++epoch) loss = model->epoch(epoch);
    return std::make_pair(std::move(model), loss);
  };
  const auto exact = after("solver: cholesky", 1);
  const Table p = table(*exact.first, "user_factors");
  SECTION("as many conjugate gradient steps as factors, or a block of all of them, are exact") {
    for (const char* solver : {"solver: cg, cg_steps: 60", "solver: block, block_size: 21",
                               "solver: block, block_size: 64"}) {
      INFO(solver);
      CHECK(largest_difference(table(*after(solver, 1).first, "user_factors"), p) < 1e-3);
    }
    CHECK(largest_difference(table(*after("solver: cg, cg_steps: 1", 1).first, "user_factors"), p) >
          1e-2);
  }
  SECTION("few steps, and blocks that do not divide the factors, lower the objective as far") {
    const Table values = cells(toy_context.context().train, 61, 51);
    const Objective objective{false, 3, 1};
    const auto total = [&](cofi::Model& model) {
      const Table users = table(model, "user_factors"), items = table(model, "item_factors");
      Table turned(51, std::vector<double>(61));
      for (std::size_t u = 0; u < 61; ++u) {
        for (std::size_t i = 0; i < 51; ++i) turned[i][u] = values[u][i];
      }
      return objective.error(values, users, items) + objective.penalty(values, users, items) +
             objective.penalty(turned, items, users);
    };
    const double expected = total(*after("solver: cholesky", 60).first);
    for (const char* solver :
         {"solver: cg", "solver: block, block_size: 8", "solver: block, block_size: 1"}) {
      INFO(solver);
      const double one = total(*after(solver, 1).first), two = total(*after(solver, 2).first);
      CHECK(two < one);
      CHECK(total(*after(solver, 60).first) < 1.03 * expected);  // they need not end in one place
    }
  }
}

TEST_CASE("model/ials answers") {
  const Toy toy = valued_toy();
  const ToyContext toy_context(toy);
  const auto model = ials("factors: 2, init_deviation: 1.0, solver: cholesky, reg: 0.5");
  model->fit(toy_context.context());
  SECTION("explained by what the user interacted with") {
    // p_u = W sum over j of c_uj q_j, W = (Gram + sum over j of w_uj q_j q_j' + reg I)^-1, in
    // float64 by the inverse of a 2 x 2 matrix.
    const Table q = table(*model, "item_factors");
    const double w[] = {5, 3};  // user 0's items 0 and 1
    double a = 0.5, b = 0, d = 0.5;
    for (std::size_t j = 0; j < 3; ++j) {
      const double weight = 1 + (j < 2 ? w[j] : 0);
      a += weight * q[j][0] * q[j][0];
      b += weight * q[j][0] * q[j][1];
      d += weight * q[j][1] * q[j][1];
    }
    const auto why = model->explain(0, 2);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 3);
    for (std::size_t j = 0; j < 2; ++j) {
      const double x = (d * q[j][0] - b * q[j][1]) / (a * d - b * b);
      const double y = (a * q[j][1] - b * q[j][0]) / (a * d - b * b);
      CHECK(why->terms[j].name == "interaction");
      CHECK(why->terms[j].of == cofi::Rows::kItems);
      CHECK(why->terms[j].id == static_cast<std::int32_t>(j));
      CHECK(why->terms[j].value == Approx((1 + w[j]) * (x * q[2][0] + y * q[2][1])).margin(1e-5));
    }
    CHECK(why->terms[2].name == "remainder");
    CHECK(std::abs(why->terms[2].value) < 1e-5);
    CHECK(why->sum() == Approx(predict(*model, 0, 2)).margin(1e-6));
  }
  SECTION("not explained where the interactions were not kept") {
    const auto mute = ials("factors: 2, explain: false");
    mute->fit(toy_context.context());
    CHECK_FALSE(mute->explain(0, 2));
  }
  SECTION("a user folded in is the one with the same interactions") {
    cofi::Interactions rows;
    rows.users = std::vector<std::int32_t>{2, 2};
    rows.items = std::vector<std::int32_t>{0, 1};
    rows.values = std::vector<float>{5, 3};
    const float other = predict(*model, 1, 2);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    CHECK(predict(*model, 1, 2) == other);
    for (std::int32_t item = 0; item < 3; ++item) {
      CHECK(predict(*model, 2, item) == Approx(predict(*model, 0, item)).margin(1e-6));
    }
    CHECK(model->explain(2, 2)->terms.size() == 3);
  }
  SECTION("0 for unknown ids, and for users and items without interactions") {
    const Toy sparse = cofi::testing::implicit_toy();
    const ToyContext sparse_context(sparse);
    const auto fitted = ials("");
    fitted->fit(sparse_context.context());
    const cofi::Interactions& train = sparse_context.context().train;
    CHECK(predict(*fitted, train.users[0], train.items[0]) > 0.1);
    CHECK(predict(*fitted, 60, 0) == 0);
    CHECK(predict(*fitted, 0, 50) == 0);
    CHECK(predict(*fitted, -1, 0) == 0);
    CHECK(predict(*fitted, 0, -1) == 0);
  }
  SECTION("values of 0 are as cells without interactions") {
    Toy shorter = toy;
    shorter.train.pop_back();
    const ToyContext shorter_context(shorter);
    const auto without = ials("factors: 2, init_deviation: 1.0, solver: cholesky, reg: 0.5");
    without->fit(shorter_context.context());
    CHECK(predict(*without, 2, 2) == predict(*model, 2, 2));
  }
}

TEST_CASE("model/ials on data that it can hardly learn from") {
  SECTION("no interactions: an error") {
    Toy toy = cofi::testing::hand_toy();
    toy.train.clear();
    CHECK_THROWS_WITH(ials("")->fit(ToyContext(toy).context()),
                      Contains("model/ials") && Contains("no training interactions"));
  }
  SECTION("values below 0: an error that names one and says what to do") {
    Toy toy = cofi::testing::hand_toy();
    toy.data.interactions.values = std::vector<float>{1, 1, -2, 1, 1, 1};
    CHECK_THROWS_WITH(ials("")->fit(ToyContext(toy).context()),
                      Contains("-2") && Contains("at least 0") && Contains("implicit"));
  }
  SECTION("more factors than users and items: the penalty decides") {
    const Toy toy = cofi::testing::hand_toy();
    const auto model = ials("factors: 40");
    model->fit(ToyContext(toy).context());
    CHECK(std::isfinite(predict(*model, 0, 0)));
  }
  SECTION("without a penalty that is an error which says what to change") {
    CHECK_THROWS_WITH(ials("factors: 40, reg: 0.0, solver: cholesky")
                          ->fit(ToyContext(cofi::testing::hand_toy()).context()),
                      Contains("40 factors") && Contains("raise the regularization"));
  }
}

TEST_CASE("model/ials keeps the promises of models with other parameters, too") {
  for (const char* parameters : {"{solver: cholesky, factors: 5, confidence: log}",
                                 "{solver: block, block_size: 7, factors: 20}",
                                 "{explain: false, nu: 1.0, reg: 0.01, cg_steps: 1}"}) {
    INFO(parameters);
    cofi::testing::check(
        cofi::testing::check_model(cofi::testing::maker<cofi::Model>("model/ials", parameters)));
  }
}
