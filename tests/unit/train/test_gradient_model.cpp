#include <catch2/catch.hpp>

#include <cmath>

#include "cofi/gradient_model.hpp"

#include "unit/train/toy_models.hpp"

using namespace cofi;
using test::ToyFactors;

namespace {

std::vector<float> predicted(const Model& model) {
  const std::vector<std::int32_t> users = {0, 3, -1, 11}, items = {2, 8, 1, -1};
  std::vector<float> out(4);
  model.predict({users, items, {}}, out.data());
  return out;
}

}  // namespace

TEST_CASE("what every gradient model has") {
  test::Fit fit;
  const FitContext context = fit.context();
  ToyFactors model(false);
  model.setup(context);

  SECTION("predictions by forward, the training mean for unknown ids, none for no questions") {
    Archive archive;
    double mean = 3.25;
    at::Tensor users = model.users, items = model.items, offset = model.offset;
    archive("train_mean", mean);
    archive("users", users), archive("items", items), archive("offset", offset);
    Archive saved = archive.reopened();
    model.state(saved);
    const std::vector<float> out = predicted(model);
    CHECK(out[0] == Approx((users[0] * items[2]).sum().item<float>() + 0.5));
    CHECK(out[1] == Approx((users[3] * items[8]).sum().item<float>() + 0.5));
    CHECK(out[2] == 3.25F);
    CHECK(out[3] == 3.25F);
    model.predict({}, nullptr);
  }
  SECTION("parameters_state fills a model that was never set up") {
    Archive archive;
    model.state(archive);
    Archive saved = archive.snapshot();
    ToyFactors loaded(false);
    loaded.state(saved);
    CHECK(loaded.users.equal(model.users));
    CHECK(predicted(loaded) == predicted(model));
  }
  SECTION("and keeps the strides of tables of the same shape") {
    Archive archive;
    model.state(archive);
    Archive saved = archive.snapshot();
    model.users.zero_();
    const at::Tensor before = model.users;
    model.state(saved);
    CHECK(model.users.stride(0) == ToyFactors::kStride);
    CHECK(before.equal(model.users));
    CHECK(before.abs().sum().item<float>() > 0);
  }
  SECTION("a parameter without a tensor is the author's mistake, and said so") {
    Archive archive;
    model.state(archive);
    Archive saved = archive.snapshot();
    ToyFactors loaded(false);
    loaded.items = at::Tensor();
    CHECK_THROWS_WITH(loaded.state(saved), Catch::Contains("'items' has no tensor to read into"));
  }
}
