#include <ATen/TensorOperators.h>
#include <catch2/catch.hpp>

#include "cofi/kernels/sgd.hpp"

#include "support/optimizer_steps.hpp"

namespace cofi::test {
using Catch::Matchers::Contains;

namespace {

Json sgd(double momentum, double dampening, bool nesterov, double weight_decay, bool lazy = false) {
  return {{"use", "sgd"},         {"lr", 0.05},
          {"momentum", momentum}, {"dampening", dampening},
          {"nesterov", nesterov}, {"weight_decay", weight_decay},
          {"lazy", lazy}};
}

}  // namespace

TEST_CASE("optimizer/sgd") {
  const std::vector<Json> variants = {
      sgd(0, 0, false, 0),       sgd(0, 0, false, 0.1), sgd(0.9, 0, false, 0.1),
      sgd(0.9, 0.5, false, 0.1), sgd(0.9, 0, true, 0),
  };
  for (const Layout& layout : layouts()) {
    DYNAMIC_SECTION("takes LibTorch's steps, " << layout.name) {
      for (const Json& spec : variants) {
        INFO(spec.dump());
        const auto optimizer = build(spec);
        const at::Tensor expected = libtorch_after(spec, layout, 100);
        const at::Tensor table = table_after(steps_of(*optimizer), layout, 100);
        CHECK(apart(table, expected) < 1e-6);
        CHECK(table_after(steps_of(*optimizer), layout, 100, 2).equal(table));
      }
    }
    DYNAMIC_SECTION("takes the same with torch operations, lazy or not, " << layout.name) {
      for (const bool lazy : {false, true}) {
        for (const kernels::Sgd rule :
             {kernels::Sgd{0, 0, false, lazy}, kernels::Sgd{0.9, 0.5, false, lazy},
              kernels::Sgd{0.9, 0, true, lazy}}) {
          const std::size_t states = rule.momentum == 0 ? 0 : 1;
          const auto with = [&](const auto& sgd_step) {
            return Steps{[&](auto&... all) { sgd_step(rule, all...); }, states, 0.05, 0.1};
          };
          const at::Tensor fused = table_after(with(kernels::sgd), layout, 50);
          const at::Tensor torch = table_after(with(kernels::sgd_with_torch), layout, 50);
          CHECK(apart(fused, torch) < 1e-6);
        }
      }
    }
  }
  SECTION("rows without a gradient: weight decay shrinks them, unless lazy") {
    const Layout& layout = layouts().front();
    const auto rows_after = [&](const Json& spec, int steps) {
      const auto optimizer = build(spec);
      return untouched_rows(table_after(steps_of(*optimizer), layout, steps));
    };
    const at::Tensor start = rows_after(sgd(0, 0, false, 0), 0);
    CHECK(apart(rows_after(sgd(0, 0, false, 0.1), 2), start * (0.995 * 0.995)) < 1e-7);
    CHECK(rows_after(sgd(0, 0, false, 0.1, true), 2).equal(start));
    CHECK(rows_after(sgd(0.9, 0, false, 0.1, true), 2).equal(start));
    CHECK(build(sgd(0, 0, false, 0, true))->lazy());
  }
  SECTION("nesterov needs momentum and no dampening") {
    CHECK_THAT(error_of_building(sgd(0, 0, true, 0)),
               Contains("optimizer/sgd") && Contains("nesterov: needs a momentum above 0"));
    CHECK_THAT(error_of_building(sgd(0.9, 0.1, true, 0)),
               Contains("nesterov: goes with dampening 0 only"));
  }
}

}  // namespace cofi::test
