// Solvers of model/svd that step for one rating at a time.
#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;
using cofi::testing::ToyOptions;

std::shared_ptr<const cofi::Optimizer> optimizer(const std::string& name,
                                                 const std::string& parameters) {
  return make<cofi::Optimizer>("optimizer/" + name, parameters);
}

std::unique_ptr<cofi::GradientModel> svd(const std::string& parameters) {
  auto model = make<cofi::Model>("model/svd", parameters);
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

// A table as rows of doubles.
std::vector<std::vector<double>> table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name != name) continue;
    const at::Tensor value = parameter.value.reshape({parameter.value.size(0), -1});
    std::vector<std::vector<double>> rows;
    for (std::int64_t row = 0; row < value.size(0); ++row) {
      rows.emplace_back();
      for (std::int64_t c = 0; c < value.size(1); ++c) {
        rows.back().push_back(value[row][c].item<double>());
      }
    }
    return rows;
  }
  throw std::logic_error("no parameter " + name);
}

const std::string kInitial = "factors: 3, init_distribution: normal, init_deviation: 0.2, ";

}  // namespace

TEST_CASE("model/svd steps for one rating at a time") {
  const Toy toy = cofi::testing::additive_toy();
  ToyOptions options;
  options.epochs = 1;
  options.optimizer = optimizer("sgd", "{lr: 0.03, weight_decay: 0.4}");

  SECTION("sequential: as the textbook's loop in float64, in the order of the file") {
    const std::string parameters =
        "{solver: sequential, reg_scale: frequency, reg_item_bias: 0.7, " + kInitial + "}";
    const ToyContext toy_context(toy, options);
    cofi::FitContext context = toy_context.context();
    context.options.shuffle = false;
    const auto before = svd(parameters);
    before->setup(context);
    auto p = table(*before, "user_factors"), q = table(*before, "item_factors");
    auto b = table(*before, "user_bias"), c = table(*before, "item_bias");
    const double mean = context.train.mean(), rate = 0.03;
    for (std::size_t n = 0; n < context.train.size(); ++n) {
      const auto u = static_cast<std::size_t>(context.train.users[n]);
      const auto i = static_cast<std::size_t>(context.train.items[n]);
      double dot = 0;
      for (std::size_t f = 0; f < 3; ++f) dot += p[u][f] * q[i][f];
      const double slope = 2 * (mean + b[u][0] + c[i][0] + dot - context.train.values[n]);
      const double of_user = 1 / std::sqrt(static_cast<double>(context.user_counts[u]));
      const double of_item = 1 / std::sqrt(static_cast<double>(context.item_counts[i]));
      b[u][0] -= rate * (slope + 0.4 * of_user * b[u][0]);
      c[i][0] -= rate * (slope + 0.7 * of_item * c[i][0]);
      for (std::size_t f = 0; f < 3; ++f) {
        const double own = p[u][f];
        p[u][f] -= rate * (slope * q[i][f] + 0.4 * of_user * own);
        q[i][f] -= rate * (slope * own + 0.4 * of_item * q[i][f]);
      }
    }
    const auto model = svd(parameters);
    model->fit(context);
    const auto compare = [&](const char* name, const std::vector<std::vector<double>>& expected) {
      const auto found = table(*model, name);
      REQUIRE(found.size() == expected.size());
      for (std::size_t row = 0; row < found.size(); ++row) {
        for (std::size_t f = 0; f < found[row].size(); ++f) {
          INFO(name << " " << row << " " << f);
          CHECK(found[row][f] == Approx(expected[row][f]).margin(1e-5));
        }
      }
    };
    compare("user_factors", p);
    compare("item_factors", q);
    compare("user_bias", b);
    compare("item_bias", c);
  }
  SECTION("a pass sees every rating once, whatever the blocks") {
    // With a rate of nothing the losses are those of the initial values.
    options.optimizer = optimizer("sgd", "{lr: 1.0e-30}");
    const ToyContext context(toy, options);
    const auto loss = [&](const std::string& solver) {
      const auto model = svd("{" + kInitial + solver + "}");
      model->begin(context.context());
      return model->epoch(1);
    };
    const double expected = loss("solver: sequential");
    for (const char* blocks : {"1", "2", "7", "50"}) {
      CHECK(loss(std::string("solver: blocked, blocks: ") + blocks) ==
            Approx(expected).epsilon(1e-9));
    }
    CHECK(loss("solver: blocked") == Approx(expected).epsilon(1e-9));
  }
  SECTION("blocked has the same bits for any number of threads, and learns as sequential does") {
    options.optimizer = optimizer("sgd", "{lr: 0.02}");
    options.epochs = 40;
    const auto fitted = [&](const std::string& solver, int threads) {
      options.threads = threads;
      auto model = svd("{" + kInitial + "solver: " + solver + "}");
      model->fit(ToyContext(toy, options).context());
      return model;
    };
    const auto one = fitted("blocked", 1), three = fitted("blocked", 3);
    CHECK(table(*one, "user_factors") == table(*three, "user_factors"));
    CHECK(table(*one, "item_bias") == table(*three, "item_bias"));
    const auto sequential = fitted("sequential", 1);
    CHECK(cofi::testing::rmse(*one, toy, toy.test) < 0.1);
    CHECK(cofi::testing::rmse(*sequential, toy, toy.test) < 0.1);
  }
  SECTION("what does not go together is said") {
    using Catch::Matchers::Contains;
    const auto fit = [&](const char* solver) {
      svd(std::string("{solver: ") + solver + "}")->fit(ToyContext(toy, options).context());
    };
    options.optimizer = optimizer("adam", "{}");
    CHECK_THROWS_WITH(fit("sequential"), Contains("takes optimizer: {use: sgd} without momentum"));
    options.optimizer = optimizer("sgd", "{lr: 0.01, momentum: 0.9}");
    CHECK_THROWS_WITH(fit("blocked"), Contains("takes optimizer: {use: sgd} without momentum"));
    options.optimizer = optimizer("sgd", "{lr: 1000}");
    options.epochs = 9;
    CHECK_THROWS_WITH(fit("blocked"), Contains("training diverged") && Contains("epoch ") &&
                                          Contains("learning rate 1000") && Contains("lower"));
    CHECK_THROWS_WITH(svd("{reg_scale: frequency}"), Contains("goes with solver: sequential"));
    CHECK_THROWS_WITH(svd("{blocks: 4}"), Contains("goes with solver: blocked"));
  }
}
