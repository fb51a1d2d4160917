#include <catch2/catch.hpp>

#include "cofi/kernels/adagrad.hpp"

#include "support/optimizer_steps.hpp"

using namespace cofi;

namespace {

test::Json adagrad(double weight_decay, double initial = 0, double lr_decay = 0,
                   bool lazy = false) {
  return {{"use", "adagrad"},     {"lr", 0.05},
          {"lr_decay", lr_decay}, {"initial_accumulator", initial},
          {"eps", 1e-10},         {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/adagrad") {
  for (const test::Layout& layout : test::layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const test::Json& spec : {adagrad(0), adagrad(0.1), adagrad(0.1, 0.5, 0.01)}) {
        INFO(spec.dump());
        const auto optimizer = test::build(spec);
        const at::Tensor expected = test::libtorch_after(spec, layout, 200);
        const at::Tensor table = test::table_after(test::steps_of(*optimizer), layout, 200);
        CHECK(test::apart(table, expected) < 1e-6);
        CHECK(test::table_after(test::steps_of(*optimizer), layout, 200, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        const kernels::Adagrad rule{0.01, 0.5, 1e-10, lazy};
        const auto with = [&](const auto& adagrad_step) {
          return test::Steps{[&](auto&... all) { adagrad_step(rule, all...); }, 1, 0.05, 0.1};
        };
        const at::Tensor fused = test::table_after(with(kernels::adagrad), layout, 100);
        const at::Tensor torch = test::table_after(with(kernels::adagrad_with_torch), layout, 100);
        CHECK(test::apart(fused, torch) < 1e-6);
      }
    }
  }
  SECTION("rows without a gradient move by weight decay alone, unless lazy") {
    const test::Layout& layout = test::layouts().front();
    const auto rows_after = [&](const test::Json& spec, int steps) {
      const auto optimizer = test::build(spec);
      return test::untouched_rows(test::table_after(test::steps_of(*optimizer), layout, steps));
    };
    const at::Tensor start = rows_after(adagrad(0), 0);
    CHECK(rows_after(adagrad(0), 3).equal(start));
    CHECK_FALSE(rows_after(adagrad(0.1), 3).equal(start));
    CHECK(rows_after(adagrad(0.1, 0, 0, true), 3).equal(start));
    CHECK(test::build(adagrad(0, 0, 0, true))->lazy());
  }
}
