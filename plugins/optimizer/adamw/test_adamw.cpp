#include <ATen/TensorOperators.h>
#include <catch2/catch.hpp>

#include "cofi/kernels/adam.hpp"

#include "support/optimizer_steps.hpp"

namespace cofi::test {

namespace {

Json adamw(double weight_decay, bool lazy = false) {
  return {{"use", "adamw"}, {"lr", 0.01},  {"beta1", 0.9},
          {"beta2", 0.99},  {"eps", 1e-8}, {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/adamw") {
  for (const Layout& layout : layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const double decay : {0.0, 0.3}) {
        const auto optimizer = build(adamw(decay));
        const at::Tensor expected = libtorch_after(adamw(decay), layout, 200);
        const at::Tensor table = table_after(steps_of(*optimizer), layout, 200);
        CHECK(apart(table, expected) < 1e-6);
        CHECK(table_after(steps_of(*optimizer), layout, 200, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        const kernels::Adam rule{0.9, 0.99, 1e-8, true, lazy};
        const auto with = [&](const auto& adam_step) {
          return Steps{[&](auto&... all) { adam_step(rule, all...); }, 2, 0.01, 0.3};
        };
        const at::Tensor fused = table_after(with(kernels::adam), layout, 100);
        const at::Tensor torch = table_after(with(kernels::adam_with_torch), layout, 100);
        CHECK(apart(fused, torch) < 1e-6);
      }
    }
  }
  SECTION("weight decay alone shrinks a row by lr * weight_decay a step; lazily it stays") {
    const Layout& layout = layouts().front();
    const auto dense = build(adamw(0.3)), lazy = build(adamw(0.3, true));
    const at::Tensor start = untouched_rows(table_after(steps_of(*dense), layout, 0));
    const at::Tensor shrunk = untouched_rows(table_after(steps_of(*dense), layout, 2));
    CHECK(apart(shrunk, start * (0.997 * 0.997)) < 1e-7);
    CHECK(lazy->lazy());
    CHECK(untouched_rows(table_after(steps_of(*lazy), layout, 2)).equal(start));
  }
}

}  // namespace cofi::test
