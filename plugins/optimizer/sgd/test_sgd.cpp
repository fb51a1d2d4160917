#include <ATen/TensorOperators.h>
#include <catch2/catch.hpp>

#include "cofi/kernels/sgd.hpp"

#include "support/optimizer_steps.hpp"

using namespace cofi;
using Catch::Matchers::Contains;

namespace {

test::Json sgd(double momentum, double dampening, bool nesterov, double weight_decay,
               bool lazy = false) {
  return {{"use", "sgd"},         {"lr", 0.05},
          {"momentum", momentum}, {"dampening", dampening},
          {"nesterov", nesterov}, {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/sgd") {
  const std::vector<test::Json> variants = {
      sgd(0, 0, false, 0),       sgd(0, 0, false, 0.1), sgd(0.9, 0, false, 0.1),
      sgd(0.9, 0.5, false, 0.1), sgd(0.9, 0, true, 0),
  };
  for (const test::Layout& layout : test::layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const test::Json& spec : variants) {
        INFO(spec.dump());
        const auto optimizer = test::build(spec);
        const at::Tensor expected = test::libtorch_after(spec, layout, 100);
        const at::Tensor table = test::table_after(test::steps_of(*optimizer), layout, 100);
        CHECK(test::apart(table, expected) < 1e-6);
        CHECK(test::table_after(test::steps_of(*optimizer), layout, 100, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        for (const kernels::Sgd rule :
             {kernels::Sgd{0, 0, false, lazy}, kernels::Sgd{0.9, 0.5, false, lazy},
              kernels::Sgd{0.9, 0, true, lazy}}) {
          const std::size_t states = rule.momentum == 0 ? 0 : 1;
          const auto with = [&](const auto& sgd_step) {
            return test::Steps{[&](auto&... all) { sgd_step(rule, all...); }, states, 0.05, 0.1};
          };
          const at::Tensor fused = test::table_after(with(kernels::sgd), layout, 50);
          const at::Tensor torch = test::table_after(with(kernels::sgd_with_torch), layout, 50);
          CHECK(test::apart(fused, torch) < 1e-6);
        }
      }
    }
  }
  SECTION("rows without a gradient: weight decay shrinks them, unless lazy") {
    const test::Layout& layout = test::layouts().front();
    const auto rows_after = [&](const test::Json& spec, int steps) {
      const auto optimizer = test::build(spec);
      return test::untouched_rows(test::table_after(test::steps_of(*optimizer), layout, steps));
    };
    const at::Tensor start = rows_after(sgd(0, 0, false, 0), 0);
    CHECK(test::apart(rows_after(sgd(0, 0, false, 0.1), 2), start * (0.995 * 0.995)) < 1e-7);
    CHECK(rows_after(sgd(0, 0, false, 0.1, true), 2).equal(start));
    CHECK(rows_after(sgd(0.9, 0, false, 0.1, true), 2).equal(start));
    CHECK(test::build(sgd(0, 0, false, 0, true))->lazy());
  }
  SECTION("nesterov needs momentum and no dampening") {
    CHECK_THAT(test::error_of_building(sgd(0, 0, true, 0)),
               Contains("optimizer/sgd") && Contains("nesterov: needs a momentum above 0"));
    CHECK_THAT(test::error_of_building(sgd(0.9, 0.1, true, 0)),
               Contains("nesterov: goes with dampening 0 only"));
  }
}
