#include <catch2/catch.hpp>

#include "cofi/kernels/rmsprop.hpp"

#include "support/optimizer_steps.hpp"

using namespace cofi;

namespace {

test::Json rmsprop(double momentum, bool centered, double weight_decay, bool lazy = false) {
  return {{"use", "rmsprop"},     {"lr", 0.002},
          {"alpha", 0.9},         {"eps", 1e-3},
          {"momentum", momentum}, {"centered", centered},
          {"lazy", lazy},         {"weight_decay", weight_decay}};
}

}  // namespace

TEST_CASE("optimizer/rmsprop") {
  for (const test::Layout& layout : test::layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const double momentum : {0.0, 0.5}) {
        for (const bool centered : {false, true}) {
          const test::Json spec = rmsprop(momentum, centered, 0.1);
          INFO(spec.dump());
          const auto optimizer = test::build(spec);
          const at::Tensor expected = test::libtorch_after(spec, layout, 100);
          const at::Tensor table = test::table_after(test::steps_of(*optimizer), layout, 100);
          CHECK(test::apart(table, expected) < 1e-6);
          CHECK(test::table_after(test::steps_of(*optimizer), layout, 100, 2).equal(table));
        }
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        for (const kernels::Rmsprop rule : {kernels::Rmsprop{0.9, 1e-3, 0, false, lazy},
                                            kernels::Rmsprop{0.9, 1e-3, 0.5, true, lazy}}) {
          const std::size_t states = rule.centered ? 3 : 1;
          const auto with = [&](const auto& rmsprop_step) {
            return test::Steps{[&](auto&... all) { rmsprop_step(rule, all...); }, states, 0.002,
                               0.1};
          };
          const at::Tensor fused = test::table_after(with(kernels::rmsprop), layout, 50);
          const at::Tensor torch = test::table_after(with(kernels::rmsprop_with_torch), layout, 50);
          CHECK(test::apart(fused, torch) < 1e-6);
        }
      }
    }
  }
  SECTION("rows without a gradient move by weight decay, unless lazy") {
    const test::Layout& layout = test::layouts().front();
    const auto rows_after = [&](const test::Json& spec, int steps) {
      const auto optimizer = test::build(spec);
      return test::untouched_rows(test::table_after(test::steps_of(*optimizer), layout, steps));
    };
    const at::Tensor start = rows_after(rmsprop(0, false, 0), 0);
    CHECK_FALSE(rows_after(rmsprop(0, false, 0.1), 3).equal(start));
    CHECK(rows_after(rmsprop(0.5, true, 0.1, true), 3).equal(start));
    CHECK(test::build(rmsprop(0, false, 0, true))->lazy());
  }
}
