#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <catch2/catch.hpp>

#include <cmath>

#include "cofi/random.hpp"

#include "train/clip.hpp"

using namespace cofi;
using train::clip_norm;

TEST_CASE("clipping by the global norm") {
  const ThreadPool pool(1);
  SECTION("3 and 4 are 5 together") {
    at::Tensor a = at::full({1}, 3.0, at::kFloat), b = at::full({1}, -4.0, at::kFloat);
    CHECK(clip_norm({{a, {}, true}, {b, {}, true}}, 10, pool) == 5);
    CHECK(a.item<float>() == 3);
    CHECK(clip_norm({{a, {}, true}, {b, {}, true}}, 1, pool) == 5);
    CHECK(a.item<float>() == Approx(0.6));
    CHECK(b.item<float>() == Approx(-0.8));
  }
  SECTION("of touched rows in padded tables, with the same bits for any threads") {
    const auto make = [] {
      at::Tensor table = at::zeros({3000, 32}).narrow(1, 0, 20);
      Random random(1);
      for (int row = 0; row < 3000; row += 3) {
        for (int k = 0; k < 20; ++k) {
          table.data_ptr<float>()[row * 32 + k] = static_cast<float>(random.uniform(-1, 1));
        }
      }
      return table;
    };
    std::vector<std::int32_t> rows;
    for (int row = 0; row < 3000; row += 3) rows.push_back(row);
    const at::Tensor one = make(), three = make();
    const double expected = one.to(at::kDouble).square().sum().sqrt().item<double>();
    const ThreadPool many(3);
    const double norm = clip_norm({{one, rows, false}}, 2, pool);
    CHECK(norm == Approx(expected).epsilon(1e-12));
    CHECK(clip_norm({{three, rows, false}}, 2, many) == norm);
    CHECK(one.equal(three));
    CHECK(one.to(at::kDouble).square().sum().sqrt().item<double>() == Approx(2).epsilon(1e-6));
  }
  SECTION("a gradient of nothing stays") {
    at::Tensor none = at::zeros({4, 9});
    CHECK(clip_norm({{none, {}, true}}, 1, pool) == 0);
    CHECK(none.eq(0).all().item<bool>());
  }
}
