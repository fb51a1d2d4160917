#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "train/packed_rows.hpp"

using namespace cofi::train;
using cofi::ThreadPool;
using cofi::View;

namespace {

// Rows that are padded, as the framework's tables are.
at::Tensor padded(std::int64_t rows, std::int64_t cols, std::int64_t stride) {
  const at::Tensor table = at::empty_strided({rows, cols}, {stride, 1}, at::kFloat);
  return table.copy_(at::randn({rows, cols}));
}

struct Case {
  at::Tensor gradient;
  std::vector<std::int32_t> rows;
  bool all;
};

SumTable table_of(const Case& each, const at::Tensor& gradient) {
  return {gradient, each.rows, each.all, false, "table"};
}

}  // namespace

TEST_CASE("rows travel alike by threads and by LibTorch's operations") {
  const std::vector<std::int32_t> some = {0, 3, 17, 40}, none;
  const std::vector<Case> cases = {
      {padded(41, 5, 8), some, false}, {padded(41, 5, 8), none, true},
      {padded(41, 5, 8), none, false}, {at::randn({41}), some, false},
      {at::randn({41}), none, true},   {at::randn({2, 3, 4}), none, true},
      {at::randn({}), none, true}};
  const ThreadPool pool(2);
  for (const Case& each : cases) {
    CAPTURE(each.gradient.sizes(), each.rows.size(), each.all);
    const SumTable table = table_of(each, each.gradient);
    const std::int64_t count = packed_count(table), cols = packed_cols(table);
    const std::int64_t rows =
        each.all ? each.gradient.numel() / cols : static_cast<std::int64_t>(each.rows.size());
    REQUIRE(count == rows * cols);

    const at::Tensor by_threads = at::zeros({count}), by_operations = at::zeros({count});
    kByThreads.pack(table, pool, by_threads);
    kByOperations.pack(table, pool, by_operations);
    CHECK(at::equal(by_threads, by_operations));

    std::vector<std::int32_t> places(41);
    for (std::size_t k = 0; k < each.rows.size(); ++k) {
      places[static_cast<std::size_t>(each.rows[k])] = static_cast<std::int32_t>(k);
    }
    std::vector<at::Tensor> sums, unpacked, emptied;
    for (const RowPacking* packing : {&kByThreads, &kByOperations}) {
      at::Tensor gradient = at::empty_strided(each.gradient.sizes(), each.gradient.strides());
      gradient.copy_(each.gradient);
      const SumTable own = table_of(each, gradient);
      sums.push_back(at::ones({count}, at::kLong));
      CHECK(packing->add_fixed(own, places, pool, sums.back()) == 0);
      emptied.push_back(gradient.clone());
      packing->unpack(own, pool, by_threads);
      CHECK(at::equal(gradient, each.gradient));
      packing->unpack_fixed(own, pool, sums.back(), 2 / kFixedOne);
      unpacked.push_back(gradient);
    }
    CHECK(at::equal(sums[0], sums[1]));
    CHECK(at::equal(emptied[0], emptied[1]));
    CHECK(at::equal(unpacked[0], unpacked[1]));
    for (std::int64_t k = 0; k < count; ++k) {
      const double number = by_threads[k].item<float>();
      CHECK(sums[0][k].item<std::int64_t>() == 1 + std::llrint(number * kFixedOne));
    }
  }
}

TEST_CASE("numbers that fixed point cannot hold are counted") {
  const ThreadPool pool(2);
  for (const RowPacking* packing : {&kByThreads, &kByOperations}) {
    at::Tensor gradient = at::ones({3, 2});
    gradient[1][0] = NAN;
    gradient[2][1] = 1e9F;
    const at::Tensor sums = at::zeros({6}, at::kLong);
    CHECK(packing->add_fixed({gradient, {}, true, false, "table"}, {}, pool, sums) == 2);
    CHECK(sums.sum().item<double>() == 4 * kFixedOne);
  }
}
