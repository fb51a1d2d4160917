#include <catch2/catch.hpp>

#include <cmath>

#include "train/training_loop.hpp"
#include "unit/train/toy_models.hpp"

using namespace cofi;
using Catch::Matchers::Contains;
using test::Counter;
using test::Fit;

namespace {

TrainOptions epochs(std::int64_t count) {
  TrainOptions options;
  options.epochs = count;
  return options;
}

Interactions one_row() {
  return {std::vector<std::int32_t>{0}, std::vector<std::int32_t>{0}, std::vector<float>{1}, {}};
}

EarlyStopping patience(std::int64_t count) {
  EarlyStopping early;
  early.on = true;
  early.metric = "rmse";
  early.patience = count;
  return early;
}

std::int64_t epoch_under_way(const Archive& checkpoint) {
  Archive read = checkpoint.snapshot().reopened();
  std::int64_t under_way = -1;
  read(train::kEpochUnderWay, under_way);
  return under_way;
}

}  // namespace

TEST_CASE("the training loop") {
  SECTION("runs the epochs in order and reports each") {
    Fit fit(epochs(3));
    Counter model;
    fit.run(model);
    CHECK(model.begun);
    CHECK(model.ended);
    CHECK(model.epochs == std::vector<std::int64_t>{1, 2, 3});
    CHECK(fit.monitor.losses() == std::vector<double>{32, 16, 8});
    CHECK(fit.monitor.reports[1].epoch == 2);
    CHECK(fit.monitor.reports[1].epochs == 3);
    CHECK(fit.monitor.reports[1].learning_rate == 1);
    CHECK(fit.monitor.reports[1].seconds >= 0);
    CHECK(fit.monitor.saved == 0);
  }
  SECTION("validates every n epochs and after the last one") {
    TrainOptions options = epochs(5);
    options.validate_every = 2;
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = [](std::int64_t) { return 1.0; };
    Counter model;
    fit.run(model);
    CHECK(fit.monitor.validated == std::vector<std::int64_t>{2, 4, 5});
  }
  SECTION("sets the learning rate that the schedule says") {
    TrainOptions options = epochs(5);
    options.schedule.kind = Schedule::Kind::kStep;
    options.schedule.factor = 0.5;
    options.schedule.every = 2;
    Fit fit(options);
    Counter model;
    fit.run(model);
    CHECK(model.rates == std::vector<double>{1, 1, 0.5, 0.5, 0.25});
  }
  SECTION("lowers the rate on a plateau of the training loss") {
    TrainOptions options = epochs(8);
    options.schedule.kind = Schedule::Kind::kReduceOnPlateau;
    options.schedule.factor = 0.1;
    options.schedule.patience = 2;
    Fit fit(options);
    Counter model;
    // Improves in epochs 1 to 3, then never: two epochs without are over after epoch 5, and 7.
    model.loss_of = [](std::int64_t n) { return n <= 3 ? 10.0 - static_cast<double>(n) : 9.0; };
    fit.run(model);
    const std::vector<double> expected = {1, 1, 1, 1, 1, 0.1, 0.1, 0.1 * 0.1};
    CHECK(model.rates == expected);
  }
  SECTION("or of the validation metric where there is one") {
    TrainOptions options = epochs(4);
    options.schedule.kind = Schedule::Kind::kReduceOnPlateau;
    options.schedule.factor = 0.5;
    options.schedule.patience = 1;
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = [](std::int64_t) { return 1.0; };  // the loss goes on falling
    Counter model;
    fit.run(model);
    CHECK(model.rates == std::vector<double>{1, 1, 0.5, 0.25});
  }
}

TEST_CASE("early stopping") {
  TrainOptions options = epochs(20);
  options.early_stopping = patience(2);
  const auto curve = [](std::int64_t n) { return std::abs(static_cast<double>(n) - 3); };

  SECTION("stops after so many validations without improvement, with the best state back") {
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = curve;
    Counter model;
    fit.run(model);
    CHECK(model.epochs.size() == 5);
    CHECK(model.value == 8);  // 64 halved three times
  }
  SECTION("keeps the last state where asked") {
    options.early_stopping.restore_best = false;
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = curve;
    Counter model;
    fit.run(model);
    CHECK(model.value == 2);
  }
  SECTION("the best state comes back where the epochs ran out, too") {
    options.epochs = 4;
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = curve;
    Counter model;
    fit.run(model);
    CHECK(model.epochs.size() == 4);
    CHECK(model.value == 8);
  }
  SECTION("a gain up to min_delta is none") {
    options.early_stopping.min_delta = 2;
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = curve;
    Counter model;
    fit.run(model);
    CHECK(model.epochs.size() == 3);  // 2, 1, 0: never lower than the first by more than 2
    CHECK(model.value == 32);
  }
  SECTION("asks for a validation split") {
    Fit fit(options);
    Counter model;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("train.early_stopping watches rmse on a validation split") &&
                   Contains("validation: {use: ratio, test: 0.1}"));
    CHECK_FALSE(model.begun);
  }
  SECTION("stops with an error where the metric is not defined") {
    Fit fit(options);
    fit.validation = one_row();
    fit.monitor.validation = [](std::int64_t) { return std::nan(""); };
    Counter model;
    CHECK_THAT(test::error_of([&] { fit.run(model); }),
               Contains("train.early_stopping watches is not defined (NaN) after epoch 1"));
  }
}

TEST_CASE("checkpoints of the loop") {
  SECTION("every n epochs") {
    TrainOptions options = epochs(7);
    options.checkpoint_every = 3;
    Fit fit(options);
    Counter model;
    fit.run(model);
    CHECK(fit.monitor.saved == 2);
    Counter again;
    fit.run(again);
    CHECK(again.epochs == std::vector<std::int64_t>{7});
    CHECK(again.value == model.value);
  }
  SECTION("interrupted after any epoch and resumed is uninterrupted") {
    TrainOptions options = epochs(12);
    options.early_stopping = patience(3);
    options.schedule.kind = Schedule::Kind::kReduceOnPlateau;
    options.schedule.patience = 1;
    const auto curve = [](std::int64_t n) { return std::abs(static_cast<double>(n) - 5); };
    Fit whole(options);
    whole.validation = one_row();
    whole.monitor.validation = curve;
    Counter expected;
    whole.run(expected);
    REQUIRE(expected.epochs.size() == 8);
    for (int stop = 0; stop < 7; ++stop) {
      Fit fit(options);
      fit.validation = one_row();
      fit.monitor.validation = curve;
      fit.monitor.stop_after = stop;
      Counter first, second;
      CHECK_THROWS_AS(fit.run(first), Interrupted);
      CHECK(first.epochs.size() == static_cast<std::size_t>(stop) + 1);
      CHECK(fit.monitor.saved == 1);
      CHECK(epoch_under_way(*fit.monitor.checkpoint) == 0);
      fit.monitor.stop_after = 1 << 30;
      fit.run(second);
      std::vector<double> rates = first.rates;
      rates.insert(rates.end(), second.rates.begin(), second.rates.end());
      CHECK(rates == expected.rates);
      CHECK(second.value == expected.value);
      CHECK(fit.monitor.losses() == whole.monitor.losses());
    }
  }
  SECTION("interrupted within an epoch says so") {
    Fit fit(epochs(5));
    Counter model;
    model.loss_of = [](std::int64_t n) -> double {
      if (n == 3) throw Interrupted();
      return 1;
    };
    CHECK_THROWS_AS(fit.run(model), Interrupted);
    CHECK(fit.monitor.saved == 1);
    CHECK(epoch_under_way(*fit.monitor.checkpoint) == 1);
  }
}
