#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include "cofi/solo_communicator.hpp"

TEST_CASE("a world of one") {
  using Catch::Matchers::Contains;
  cofi::SoloCommunicator solo;
  const at::Tensor input = at::arange(6).reshape({2, 3});
  at::Tensor output = at::zeros({2, 3}, at::kLong);
  CHECK(solo.rank() == 0);
  CHECK(solo.size() == 1);

  SECTION("collectives in place leave the tensor as it is") {
    at::Tensor tensor = input.clone();
    solo.broadcast(tensor, 0)->wait();
    for (const auto op : {cofi::ReduceOp::kSum, cofi::ReduceOp::kProduct, cofi::ReduceOp::kMin}) {
      solo.reduce(tensor, 0, op)->wait();
      solo.all_reduce(tensor, op)->wait();
    }
    solo.barrier()->wait();
    CHECK(at::equal(tensor, input));
  }
  SECTION("collectives with an output copy it there") {
    SECTION("gather") { solo.gather(input, {output}, 0)->wait(); }
    SECTION("all_gather") { solo.all_gather(input, {output})->wait(); }
    SECTION("scatter") { solo.scatter({input}, output, 0)->wait(); }
    SECTION("reduce_scatter") {
      solo.reduce_scatter({input}, output, cofi::ReduceOp::kSum)->wait();
    }
    SECTION("all_to_all") { solo.all_to_all({input}, {output})->wait(); }
    CHECK(at::equal(output, input));
  }
  SECTION("what it sends itself arrives in order, as it was when sent") {
    at::Tensor changing = input.clone();
    solo.send(changing, 0)->wait();
    changing.zero_();
    solo.send(changing, 0)->wait();
    solo.recv(output, 0)->wait();
    CHECK(at::equal(output, input));
    solo.recv(output, 0)->wait();
    CHECK(at::equal(output, changing));
    CHECK_THROWS_WITH(solo.recv(output, 0), Contains("sent itself nothing"));
  }
  SECTION("subgroups are itself or nothing") {
    CHECK(solo.subgroup({0})->size() == 1);
    CHECK(solo.subgroup({}) == nullptr);
  }
  SECTION("there is no other rank, and shapes must agree") {
    CHECK_THROWS_WITH(solo.send(output, 1),
                      "send: there is no rank 1; a world of one has rank 0 alone");
    CHECK_THROWS_WITH(solo.broadcast(output, 2), Contains("no rank 2"));
    CHECK_THROWS_WITH(solo.subgroup({0, 1}), Contains("no rank 1"));
    CHECK_THROWS_WITH(solo.all_gather(input, {}), Contains("0 tensors"));
    CHECK_THROWS_WITH(solo.all_gather(input, {at::zeros({2}, at::kLong)}),
                      Contains("Long[2, 3] does not fit one of Long[2]"));
  }
}
