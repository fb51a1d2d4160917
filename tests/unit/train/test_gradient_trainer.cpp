#include <catch2/catch.hpp>

#include <cmath>

#include "plugin/registry.hpp"
#include "train/gradient_trainer.hpp"
#include "unit/train/toy_models.hpp"

using namespace cofi;
using Catch::Matchers::Contains;
using test::Fit;
using test::ToyFactors;

namespace {

std::unique_ptr<Optimizer> adam(bool lazy = false, double weight_decay = 0.01) {
  return plugin::Registry::standard().build<Optimizer>({{"use", "adam"},
                                                        {"lr", 0.05},
                                                        {"beta1", 0.9},
                                                        {"beta2", 0.999},
                                                        {"eps", 1e-8},
                                                        {"weight_decay", weight_decay},
                                                        {"lazy", lazy}},
                                                       "optimizer");
}

std::unique_ptr<Optimizer> sgd(double lr, double momentum = 0, double weight_decay = 0) {
  return plugin::Registry::standard().build<Optimizer>({{"use", "sgd"},
                                                        {"lr", lr},
                                                        {"momentum", momentum},
                                                        {"dampening", 0},
                                                        {"nesterov", false},
                                                        {"weight_decay", weight_decay},
                                                        {"lazy", false}},
                                                       "optimizer");
}

TrainOptions options_of(bool shuffle, std::int64_t batch = 16, std::int64_t epochs = 6) {
  TrainOptions options;
  options.epochs = epochs;
  options.batch = batch;
  options.shuffle = shuffle;
  return options;
}

struct Trained {
  ToyFactors model;
  std::vector<double> losses;

  Trained(bool fused, const Optimizer& optimizer, const TrainOptions& options, int threads = 1)
      : model(fused) {
    Fit fit(options, threads);
    fit.optimizer = &optimizer;
    fit.run(model);
    losses = fit.monitor.losses();
  }
};

bool same(const ToyFactors& a, const ToyFactors& b) {
  return a.users.equal(b.users) && a.items.equal(b.items) && a.offset.equal(b.offset);
}
double apart(const ToyFactors& a, const ToyFactors& b) {
  return std::max((a.users - b.users).abs().max().item<double>(),
                  (a.items - b.items).abs().max().item<double>());
}

}  // namespace

TEST_CASE("training by gradients") {
  SECTION("a step of plain gradient descent is the one on paper") {
    // One batch, mse: each table moves by -lr times the mean of 2 e times the other row.
    const auto optimizer = sgd(0.5, 0, 0.1);
    Fit fit(options_of(false, 100, 1));
    fit.optimizer = optimizer.get();
    ToyFactors start(true), model(true);
    start.setup(fit.context());
    fit.run(model);
    at::Tensor users = start.users.to(at::kDouble).contiguous();
    const at::Tensor items = start.items.to(at::kDouble).contiguous();
    at::Tensor gradient = users * 0.1;
    double loss = 0;
    for (std::size_t n = 0; n < fit.train.size(); ++n) {
      const auto u = fit.train.users[n], i = fit.train.items[n];
      const double e = (users[u] * items[i]).sum().item<double>() + 0.5 - fit.train.values[n];
      gradient[u] += 2 * e / 70 * items[i];
      loss += e * e / 70;
    }
    CHECK((model.users - (users - 0.5 * gradient)).abs().max().item<double>() < 1e-6);
    CHECK(fit.monitor.losses().at(0) == Approx(loss));
  }
  SECTION("the loss falls, shuffled or not, and by each loss") {
    const auto optimizer = adam(false, 0);
    for (const auto kind :
         {PointwiseLoss::Kind::kMse, PointwiseLoss::Kind::kMae, PointwiseLoss::Kind::kHuber}) {
      for (const bool shuffle : {false, true}) {
        TrainOptions options = options_of(shuffle, 16, 60);
        options.loss.kind = kind;
        const Trained trained(true, *optimizer, options);
        CHECK(trained.losses.back() < 0.5 * trained.losses.front());
      }
    }
  }
  SECTION("the fused path and autograd agree") {
    for (const bool lazy : {false, true}) {
      const auto optimizer = adam(lazy);
      TrainOptions options = options_of(true);
      options.loss.kind = PointwiseLoss::Kind::kHuber;
      options.clip = 0.5;
      const Trained fused(true, *optimizer, options), by_autograd(false, *optimizer, options);
      CHECK(apart(fused.model, by_autograd.model) < 1e-5);
      CHECK(fused.losses.back() == Approx(by_autograd.losses.back()).epsilon(1e-5));
      CHECK_FALSE(by_autograd.model.users.requires_grad());
    }
  }
  SECTION("the number of threads changes no bit") {
    for (const bool fused : {false, true}) {
      for (const bool shuffle : {false, true}) {
        TrainOptions options = options_of(shuffle);
        options.clip = 0.5;
        const auto optimizer = adam();
        const Trained one(fused, *optimizer, options, 1);
        for (const int threads : {2, 3}) {
          const Trained many(fused, *optimizer, options, threads);
          CHECK(same(one.model, many.model));
          CHECK(one.losses == many.losses);
        }
      }
    }
  }
  SECTION("shuffling depends on the seed, file order does not") {
    const auto optimizer = adam();
    const auto train = [&](bool shuffle, std::uint64_t seed) {
      Fit fit(options_of(shuffle), 1, seed);
      fit.optimizer = optimizer.get();
      fit.random = Random(1);  // the same initial values
      ToyFactors model(true);
      if (shuffle) fit.random = Random(seed);
      fit.run(model);
      return fit.monitor.losses();
    };
    CHECK(train(true, 1) == train(true, 1));
    CHECK(train(true, 1) != train(true, 2));
    CHECK(train(true, 1) != train(false, 1));
  }
  SECTION("dense steps move rows without interactions, lazy ones do not") {
    Fit fit(options_of(false));
    ToyFactors start(true);
    start.setup(fit.context());
    const auto dense = adam(false), lazy = adam(true);
    const Trained moved(true, *dense, options_of(false)), kept(true, *lazy, options_of(false));
    CHECK_FALSE(moved.model.users[11].equal(start.users[11]));
    CHECK(kept.model.users[11].equal(start.users[11]));
    CHECK_FALSE(kept.model.users[10].equal(start.users[10]));
  }
  SECTION("a parameter's own regularization takes the optimizer's place") {
    const auto decays = adam(false, 0.5), none = adam(false, 0);
    Fit fit(options_of(false));
    fit.optimizer = decays.get();
    ToyFactors own(true);
    own.item_regularization = 0.0;
    fit.run(own);
    Fit other(options_of(false));
    other.optimizer = none.get();
    ToyFactors start(true), free(true);
    start.setup(other.context());
    other.run(free);
    // Item 8 has no interactions: it moves by its regularization alone.
    CHECK(own.items[8].equal(start.items[8]));
    CHECK_FALSE(own.users[11].equal(start.users[11]));
    CHECK(free.users[11].equal(start.users[11]));
  }
}

TEST_CASE("interrupted and resumed training is uninterrupted, bit for bit") {
  const auto optimizer = adam();
  for (const bool fused : {false, true}) {
    for (const bool shuffle : {false, true}) {
      TrainOptions options = options_of(shuffle, 16, 4);
      options.schedule.kind = Schedule::Kind::kCosine;
      options.schedule.low = 0.1;
      const Trained whole(fused, *optimizer, options);
      // The monitor is asked before each of the 5 batches and after the epoch: stops everywhere.
      for (int stop = 0; stop < 4 * 6 - 1; ++stop) {
        Fit fit(options);
        fit.optimizer = optimizer.get();
        fit.monitor.stop_after = stop;
        ToyFactors first(fused), second(fused);
        CHECK_THROWS_AS(fit.run(first), Interrupted);
        CHECK(fit.monitor.saved == 1);
        fit.monitor.stop_after = 1 << 30;
        fit.run(second);
        CHECK(same(second, whole.model));
        CHECK(fit.monitor.losses() == whole.losses);
      }
    }
  }
}

TEST_CASE("warm start and what can go wrong in training by gradients") {
  const auto optimizer = adam();
  Fit fit(options_of(false));
  fit.optimizer = optimizer.get();
  ToyFactors model(true);

  SECTION("a warm start takes the saved values by name, strides and all") {
    ToyFactors other(true);
    other.setup(fit.context());
    other.users.fill_(0.25);
    Archive saved;
    other.state(saved);
    const Archive warm = saved.snapshot();
    fit.warm_start = &warm;
    const FitContext context = fit.context();
    model.begin(context);
    CHECK(model.users.equal(other.users));
    CHECK(model.items.equal(other.items));
    CHECK(model.users.stride(0) == ToyFactors::kStride);
  }
  SECTION("a warm start of another shape, or of another model") {
    Archive saved;
    double mean = 3;
    at::Tensor users = at::full({7, 3}, 1.0, at::kFloat);
    saved("train_mean", mean);
    saved("users", users);
    const Archive warm = saved.reopened();
    fit.warm_start = &warm;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("train.warm_start: parameter 'users' has sizes [7, 3] in the saved model "
                        "and [12, 3] here"));
    const Archive none = Archive().reopened();
    fit.warm_start = &none;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("train.warm_start: the saved model has no parameter 'users'"));
  }
  SECTION("divergence stops at once, naming epoch, batch and rate") {
    const auto wild = sgd(1e20);
    fit.optimizer = wild.get();
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("training diverged: the loss is ") && Contains("in epoch 1, batch 2") &&
                   Contains("at learning rate 1e+20") && Contains("lower the optimizer's lr") &&
                   Contains("train.clip"));
  }
  SECTION("also where only the last step did it") {
    const auto wild = sgd(1e38, 0, 1000);
    fit.optimizer = wild.get();
    fit.train_options = options_of(false, 100, 1);
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("training diverged: the sum of parameter 'users' is ") &&
                   Contains("after the last epoch"));
  }
  SECTION("and where the gradient's norm overflows") {
    fit.train_options.clip = 1;
    model.spoil = true;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("training diverged: the gradient's norm is inf in epoch 1, batch 1"));
  }
  SECTION("clipping keeps a wild rate in check") {
    const auto wild = sgd(0.5);
    fit.optimizer = wild.get();
    fit.train_options = options_of(false, 70, 1);
    fit.train_options.clip = 1e-3;
    ToyFactors start(true);
    start.setup(fit.context());
    fit.run(model);
    double squares = 0;
    for (const auto& [before, after] :
         {std::pair{start.users, model.users}, std::pair{start.items, model.items},
          std::pair{start.offset, model.offset}}) {
      squares += (after.to(at::kDouble) - before.to(at::kDouble)).square().sum().item<double>();
    }
    CHECK(std::sqrt(squares) == Approx(0.5e-3).epsilon(1e-3));
  }
  SECTION("no optimizer, no interactions, a larger world") {
    fit.optimizer = nullptr;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("needs an optimizer") && Contains("optimizer: {use: adam, lr: 0.01}"));
    fit.optimizer = optimizer.get();
    const Interactions all = fit.train;
    fit.train = {};
    CHECK_THAT(test::error_of([&] { fit.run(model); }), Contains("no training interactions"));
    fit.train = all;
  }
  SECTION("parameters that do not fit the data, or the kernels") {
    const auto error_with = [&](const std::vector<Parameter>& parameters) {
      ToyFactors wrong(true);
      wrong.instead = parameters;
      return test::error_of([&] { fit.run(wrong); });
    };
    const auto table = [](std::int64_t rows) { return at::full({rows, 4}, 0.5, at::kFloat); };
    CHECK_THAT(error_with({{"p", table(11), Rows::kUsers}}),
               Contains("parameter 'p' has sizes [11, 4], but a row each of 12 users"));
    CHECK_THAT(error_with({{"q", table(12), Rows::kItems}}),
               Contains("parameter 'q' has sizes [12, 4], but a row each of 9 items"));
    CHECK_THAT(error_with({{"p", at::Tensor(), Rows::kUsers}}),
               Contains("parameter 'p' is empty after setup()"));
    CHECK_THAT(error_with({{"p", table(12).to(at::kDouble), Rows::kUsers}}),
               Contains("parameter 'p'") && Contains("table of float32"));
    CHECK_THAT(error_with({{"p", table(4).narrow(0, 0, 3).t(), Rows::kShared}}),
               Contains("rows are contiguous"));
    CHECK_THAT(error_with({{"w", table(3)}, {"w", table(3)}}),
               Contains("two parameters are named 'w'"));
    ToyFactors none(true);
    none.no_parameters = true;
    CHECK_THAT(test::error_of([&] { fit.run(none); }), Contains("no parameters to train"));
  }
  SECTION("a loss that autograd cannot follow") {
    ToyFactors detached(false);
    detached.detach = true;
    CHECK_THAT(test::error_of([&] { fit.run(detached); }),
               Contains("loss does not depend on its parameters"));
  }
}
