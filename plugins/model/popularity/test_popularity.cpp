#include <catch2/catch.hpp>

#include <memory>
#include <vector>

#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

TEST_CASE("model/popularity counts training interactions") {
  const cofi::testing::Toy toy = cofi::testing::hand_toy();
  const cofi::testing::ToyContext context(toy);
  const auto model = cofi::testing::make<cofi::Model>("model/popularity", "{}");
  model->fit(context.context());
  CHECK(model->output() == cofi::Output::kScore);
  const std::vector<std::int32_t> users = {0, -1};
  std::vector<float> scores(6);
  model->score({users.data(), users.size()}, {}, 3, scores.data());
  // x and y have two ratings each, z has two as well: a rates x and y, b rates x and z, c y and z.
  CHECK(scores == std::vector<float>(6, 2));
  SECTION("of the rows it trains on alone; what is not there scores 0") {
    cofi::testing::Toy part = toy;
    part.train = {0, 1, 2};  // a x, a y, b x
    const cofi::testing::ToyContext part_context(part);
    const auto fitted = cofi::testing::make<cofi::Model>("model/popularity", "{}");
    fitted->fit(part_context.context());
    const std::vector<std::int32_t> who = {2, 2, 2, 2}, what = {0, 1, 2, -1};
    std::vector<float> out(4);
    fitted->predict({who, what, {}}, out.data());
    CHECK(out == std::vector<float>{2, 1, 0, 0});
    const auto why = fitted->explain(0, 0);
    REQUIRE(why);
    CHECK(why->sum() == 2);
  }
}
