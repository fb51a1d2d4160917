#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <catch2/catch.hpp>

#include "cofi/kernels/adam.hpp"

#include "support/optimizer_steps.hpp"

using namespace cofi;

namespace {

test::Json adam(double weight_decay, bool lazy = false) {
  return {{"use", "adam"}, {"lr", 0.01},  {"beta1", 0.9},
          {"beta2", 0.99}, {"eps", 1e-8}, {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/adam") {
  for (const test::Layout& layout : test::layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const double decay : {0.0, 0.1}) {
        const auto optimizer = test::build(adam(decay));
        const at::Tensor expected = test::libtorch_after(adam(decay), layout, 200);
        const at::Tensor table = test::table_after(test::steps_of(*optimizer), layout, 200);
        CHECK(test::apart(table, expected) < 1e-6);
        CHECK(test::table_after(test::steps_of(*optimizer), layout, 200, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        const kernels::Adam rule{0.9, 0.99, 1e-8, false, lazy};
        const auto with = [&](const auto& adam_step) {
          return test::Steps{[&](auto&... all) { adam_step(rule, all...); }, 2, 0.01, 0.1};
        };
        const at::Tensor fused = test::table_after(with(kernels::adam), layout, 100);
        const at::Tensor torch = test::table_after(with(kernels::adam_with_torch), layout, 100);
        CHECK(test::apart(fused, torch) < 1e-6);
      }
    }
  }
  SECTION("the first step is the learning rate in the gradient's direction") {
    // Bias correction makes m / sqrt(v) the gradient's sign.
    const test::Layout& layout = test::layouts().back();
    const auto optimizer = test::build(adam(0));
    const at::Tensor moved = test::table_after(test::steps_of(*optimizer), layout, 1) -
                             test::table_after(test::steps_of(*optimizer), layout, 0);
    CHECK(test::apart(moved.abs(), at::full_like(moved, 0.01)) < 1e-6);
  }
  SECTION("dense steps move every row, lazy ones only those with a gradient") {
    const test::Layout& layout = test::layouts().front();
    const auto dense = test::build(adam(0.1)), lazy = test::build(adam(0.1, true));
    CHECK_FALSE(dense->lazy());
    CHECK(lazy->lazy());
    const at::Tensor start = test::table_after(test::steps_of(*lazy), layout, 0);
    const at::Tensor moved = test::table_after(test::steps_of(*dense), layout, 3);
    const at::Tensor kept = test::table_after(test::steps_of(*lazy), layout, 3);
    CHECK(test::untouched_rows(kept).equal(test::untouched_rows(start)));
    CHECK_FALSE(test::untouched_rows(moved).equal(test::untouched_rows(start)));
    CHECK_FALSE(kept.equal(start));
  }
}
