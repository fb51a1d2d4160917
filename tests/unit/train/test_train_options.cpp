#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <catch2/catch.hpp>

#include <cmath>

#include "cofi/train_options.hpp"

using namespace cofi;
using Kind = PointwiseLoss::Kind;

TEST_CASE("losses of one prediction") {
  SECTION("on paper") {
    const PointwiseLoss mse{Kind::kMse}, mae{Kind::kMae}, huber{Kind::kHuber, 2};
    CHECK(mse.value(-3) == 9);
    CHECK(mse.slope(-3) == -6);
    CHECK(mae.value(-3) == 3);
    CHECK(mae.slope(-3) == -1);
    CHECK(mae.slope(0) == 0);
    CHECK(huber.value(1) == 0.5F);
    CHECK(huber.slope(1) == 1);
    CHECK(huber.value(-3) == 4);  // 2 (3 - 2 / 2)
    CHECK(huber.slope(-3) == -2);
  }
  SECTION("the mean of a batch, and its gradient by autograd, are theirs") {
    const std::vector<float> errors = {-3, -0.5F, 0, 0.25F, 1.5F, 4};
    for (const PointwiseLoss loss :
         {PointwiseLoss{Kind::kMse}, PointwiseLoss{Kind::kMae}, PointwiseLoss{Kind::kHuber, 1.5}}) {
      at::Tensor prediction = at::zeros({6});
      double expected = 0;
      for (int n = 0; n < 6; ++n) {
        prediction[n] = errors[static_cast<std::size_t>(n)] + 1;
        expected += loss.value(errors[static_cast<std::size_t>(n)]) / 6;
      }
      prediction.requires_grad_(true);
      at::Tensor mean = loss.mean(prediction, at::full({6}, 1.0, at::kFloat));
      CHECK(mean.dim() == 0);
      CHECK(mean.item<double>() == Approx(expected));
      mean.backward();
      for (int n = 0; n < 6; ++n) {
        CHECK(prediction.grad()[n].item<double>() ==
              Approx(loss.slope(errors[static_cast<std::size_t>(n)]) / 6));
      }
    }
  }
}

TEST_CASE("schedules") {
  Schedule schedule;
  SECTION("constant") { CHECK(schedule.at(7, 10) == 1); }
  SECTION("step: multiplies every so many epochs") {
    schedule.kind = Schedule::Kind::kStep;
    schedule.factor = 0.5;
    schedule.every = 3;
    CHECK(schedule.at(1, 10) == 1);
    CHECK(schedule.at(3, 10) == 1);
    CHECK(schedule.at(4, 10) == 0.5);
    CHECK(schedule.at(7, 10) == 0.25);
  }
  SECTION("exponential: multiplies every epoch") {
    schedule.kind = Schedule::Kind::kExponential;
    schedule.factor = 0.5;
    CHECK(schedule.at(1, 10) == 1);
    CHECK(schedule.at(4, 10) == 0.125);
  }
  SECTION("cosine: from 1 to low over the epochs") {
    schedule.kind = Schedule::Kind::kCosine;
    schedule.low = 0.2;
    CHECK(schedule.at(1, 11) == 1);
    CHECK(schedule.at(6, 11) == Approx(0.6));
    CHECK(schedule.at(11, 11) == Approx(0.2));
    CHECK(schedule.at(1, 1) == 1);
  }
}
