#include <ATen/ops/full.h>
#include <catch2/catch.hpp>

#include <cmath>

#include "train/gradient_trainer.hpp"
#include "unit/train/toy_models.hpp"
#include "unit/train/toy_training.hpp"

namespace cofi::test {
using Catch::Matchers::Contains;

namespace {

// A world of two that is never asked to communicate.
class Pair final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  Pending send(at::Tensor, int) override { return nullptr; }
  Pending recv(at::Tensor, int) override { return nullptr; }
  Pending broadcast(at::Tensor, int) override { return nullptr; }
  Pending reduce(at::Tensor, int, ReduceOp) override { return nullptr; }
  Pending all_reduce(at::Tensor, ReduceOp) override { return nullptr; }
  Pending gather(at::Tensor, Tensors, int) override { return nullptr; }
  Pending all_gather(at::Tensor, Tensors) override { return nullptr; }
  Pending scatter(Tensors, at::Tensor, int) override { return nullptr; }
  Pending reduce_scatter(Tensors, at::Tensor, ReduceOp) override { return nullptr; }
  Pending all_to_all(Tensors, Tensors) override { return nullptr; }
  Pending barrier() override { return nullptr; }
  std::unique_ptr<Communicator> subgroup(const std::vector<int>&) override { return nullptr; }
};

}  // namespace

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
    CHECK_THAT(error_of([&] { fit.run(model); }),
               Contains("train.warm_start: parameter 'users' has sizes [7, 3] in the saved model "
                        "and [12, 3] here"));
    const Archive none = Archive().reopened();
    fit.warm_start = &none;
    CHECK_THAT(error_of([&] { fit.run(model); }),
               Contains("train.warm_start: the saved model has no parameter 'users'"));
  }
  SECTION("divergence stops at once, naming epoch, batch and rate") {
    const auto wild = sgd(1e20);
    fit.optimizer = wild.get();
    CHECK_THAT(error_of([&] { fit.run(model); }),
               Contains("training diverged: the loss is ") && Contains("in epoch 1, batch 2") &&
                   Contains("at learning rate 1e+20") && Contains("lower the optimizer's lr") &&
                   Contains("train.clip"));
  }
  SECTION("also where only the last step did it") {
    const auto wild = sgd(1e38, 0, 1000);
    fit.optimizer = wild.get();
    fit.train_options = options_of(false, 100, 1);
    CHECK_THAT(error_of([&] { fit.run(model); }),
               Contains("training diverged: the sum of parameter 'users' is ") &&
                   Contains("after the last epoch"));
  }
  SECTION("and where the gradient's norm overflows") {
    fit.train_options.clip = 1;
    model.spoil = true;
    CHECK_THAT(error_of([&] { fit.run(model); }),
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
    CHECK_THAT(error_of([&] { fit.run(model); }),
               Contains("needs an optimizer") && Contains("optimizer: {use: adam, lr: 0.01}"));
    fit.optimizer = optimizer.get();
    const Interactions all = fit.train;
    fit.train = {};
    CHECK_THAT(error_of([&] { fit.run(model); }), Contains("no training interactions"));
    fit.train = all;
    Pair pair;
    fit.communicator = &pair;
    CHECK_THAT(error_of([&] { fit.run(model); }), Contains("launch.processes is 2") &&
                                                      Contains("not available in this version") &&
                                                      Contains("set it to 1"));
  }
  SECTION("parameters that do not fit the data, or the kernels") {
    const auto error_with = [&](const std::vector<Parameter>& parameters) {
      ToyFactors wrong(true);
      wrong.instead = parameters;
      return error_of([&] { fit.run(wrong); });
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
    CHECK_THAT(error_of([&] { fit.run(none); }), Contains("no parameters to train"));
  }
  SECTION("a loss that autograd cannot follow") {
    ToyFactors detached(false);
    detached.detach = true;
    CHECK_THAT(error_of([&] { fit.run(detached); }),
               Contains("loss does not depend on its parameters"));
  }
}

}  // namespace cofi::test
