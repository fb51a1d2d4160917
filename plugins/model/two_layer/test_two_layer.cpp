#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <memory>

#include "cofi/gradient_model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

std::unique_ptr<cofi::Model> two_layer() {
  return cofi::testing::make<cofi::Model>("model/two_layer", "{factors: 8, hidden: 16}");
}

}  // namespace

TEST_CASE("model/two_layer") {
  const cofi::testing::Toy toy = cofi::testing::block_toy();
  const cofi::testing::ToyContext toy_context(toy);
  const auto model = two_layer();
  model->fit(toy_context.context());
  SECTION("learns a checkerboard, which no sum of biases can") {
    CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
    CHECK(cofi::testing::rmse(*model, toy, toy.test) < 0.3);
  }
  SECTION("gives unknown ids the mean of the training values") {
    const std::vector<std::int32_t> users = {-1, 0, -1}, items = {0, -1, -1};
    std::vector<float> out(3);
    model->predict({users, items, {}}, out.data());
    const auto mean = static_cast<float>(toy_context.context().train.mean());
    CHECK(out == std::vector<float>{mean, mean, mean});
  }
  SECTION("is the same network for the same seed, and another for another") {
    cofi::testing::ToyOptions options;
    const auto again = two_layer(), other = two_layer();
    again->fit(toy_context.context());
    options.seed = 2;
    const cofi::testing::ToyContext second(toy, options);
    other->fit(second.context());
    const auto hidden = [](cofi::Model& of) { return of.parameters().at(2).value; };
    CHECK(at::equal(hidden(*model), hidden(*again)));
    CHECK_FALSE(at::equal(hidden(*model), hidden(*other)));
  }
  SECTION("predicts the same after saving and loading into an untrained one") {
    cofi::Archive archive;
    model->state(archive);
    const auto loaded = two_layer();
    cofi::Archive stored = archive.reopened();
    loaded->state(stored);
    CHECK(cofi::testing::predictions(*loaded, toy, toy.test) ==
          cofi::testing::predictions(*model, toy, toy.test));
  }
}
