#include <ATen/TensorOperators.h>
#include <catch2/catch.hpp>

#include "cofi/kernels/adam.hpp"

#include "support/optimizer_steps.hpp"

using namespace cofi;

namespace {

test::Json adamw(double weight_decay, bool lazy = false) {
  return {{"use", "adamw"}, {"lr", 0.01},  {"beta1", 0.9},
          {"beta2", 0.99},  {"eps", 1e-8}, {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/adamw") {
  for (const test::Layout& layout : test::layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const double decay : {0.0, 0.3}) {
        const auto optimizer = test::build(adamw(decay));
        const at::Tensor expected = test::libtorch_after(adamw(decay), layout, 200);
        const at::Tensor table = test::table_after(test::steps_of(*optimizer), layout, 200);
        CHECK(test::apart(table, expected) < 1e-6);
        CHECK(test::table_after(test::steps_of(*optimizer), layout, 200, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        const kernels::Adam rule{0.9, 0.99, 1e-8, true, lazy};
        const auto with = [&](const auto& adam_step) {
          return test::Steps{[&](auto&... all) { adam_step(rule, all...); }, 2, 0.01, 0.3};
        };
        const at::Tensor fused = test::table_after(with(kernels::adam), layout, 100);
        const at::Tensor torch = test::table_after(with(kernels::adam_with_torch), layout, 100);
        CHECK(test::apart(fused, torch) < 1e-6);
      }
    }
  }
  SECTION("weight decay alone shrinks a row by lr * weight_decay a step; lazily it stays") {
    const test::Layout& layout = test::layouts().front();
    const auto dense = test::build(adamw(0.3)), lazy = test::build(adamw(0.3, true));
    const at::Tensor start =
        test::untouched_rows(test::table_after(test::steps_of(*dense), layout, 0));
    const at::Tensor shrunk =
        test::untouched_rows(test::table_after(test::steps_of(*dense), layout, 2));
    CHECK(test::apart(shrunk, start * (0.997 * 0.997)) < 1e-7);
    CHECK(lazy->lazy());
    CHECK(test::untouched_rows(test::table_after(test::steps_of(*lazy), layout, 2)).equal(start));
  }
}
