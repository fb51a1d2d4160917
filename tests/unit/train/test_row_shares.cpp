#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "cofi/kernels/rows.hpp"
#include "cofi/row_shares.hpp"
#include "cofi/solo_communicator.hpp"

#include "support/run_ranks.hpp"

using cofi::Communicator;
using cofi::RowShares;
using cofi::test::on_ranks;
using Firsts = std::vector<std::int64_t>;

TEST_CASE("rows are cut by how much there is to do, at multiples of the grain") {
  // 8 rows; the first has half of all.
  const std::vector<std::int64_t> starts = {0, 70, 80, 90, 100, 110, 120, 130, 140};
  for (const auto& [ranks, grain, first] :
       std::vector<std::tuple<int, std::int64_t, Firsts>>{{1, 1, {0, 8}},
                                                          {2, 1, {0, 1, 8}},
                                                          {2, 4, {0, 0, 8}},
                                                          {3, 1, {0, 1, 4, 8}},
                                                          {3, 2, {0, 0, 4, 8}}}) {
    const auto all = on_ranks<Firsts>(ranks, [&, grain = grain](Communicator& world) {
      return RowShares(starts, grain, world).first();
    });
    for (const Firsts& each : all) CHECK(each == first);
  }
  // Rows that take as much as each other, and nothing to count them by.
  for (const auto& [ranks, grain, first] : std::vector<std::tuple<int, std::int64_t, Firsts>>{
           {1, 4, {0, 10}}, {2, 4, {0, 4, 10}}, {3, 1, {0, 3, 6, 10}}, {3, 16, {0, 0, 0, 10}}}) {
    const auto all = on_ranks<Firsts>(ranks, [&, grain = grain](Communicator& world) {
      return RowShares(10, grain, world).first();
    });
    for (const Firsts& each : all) CHECK(each == first);
  }
  cofi::SoloCommunicator alone;
  const std::vector<std::int64_t> none = {0};
  CHECK(RowShares(none, 4, alone).first() == Firsts{0, 0});
}

TEST_CASE("every rank has all rows and the same sum, to the last bit") {
  constexpr std::int64_t kRows = 101, kWidth = 5;
  std::vector<std::int64_t> starts;
  for (std::int64_t row = 0; row <= kRows; ++row) starts.push_back(row * row);
  struct Result {
    double sum = 0;
    at::Tensor table, column;
    std::vector<std::int32_t> numbers;
  };
  const auto compute = [&](Communicator& world) {
    const cofi::ThreadPool pool(2);
    Result result{0, cofi::kernels::padded_rows(kRows, kWidth), at::ones({kRows}, at::kFloat), {}};
    result.numbers.resize(kRows);
    const RowShares shares(starts, 4, world);
    result.sum =
        shares.run(pool, {result.table, result.column}, [&](std::int64_t begin, std::int64_t end) {
          double sum = 0;
          for (std::int64_t row = begin; row < end; ++row) {
            result.table[row].fill_(static_cast<double>(row));
            result.column[row].fill_(static_cast<double>(-row));
            sum += std::sin(static_cast<double>(row)) / 3;
          }
          return sum;
        });
    for (std::int64_t row = shares.begin(); row < shares.end(); ++row) {
      result.numbers[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(row);
    }
    cofi::gather_rows(world, result.numbers, shares.first());
    return result;
  };
  cofi::SoloCommunicator alone;
  const Result one = compute(alone);
  CHECK(one.table[100][4].item<float>() == 100);
  CHECK(one.numbers[100] == 100);
  for (const int ranks : {2, 3, 4}) {
    for (const Result& each : on_ranks<Result>(ranks, compute)) {
      CHECK(each.sum == one.sum);
      CHECK(at::equal(each.table, one.table));
      CHECK(at::equal(each.column, one.column));
      CHECK(each.numbers == one.numbers);
    }
  }
}

TEST_CASE("what one rank fails at, all do, by its message") {
  const auto said = on_ranks<std::string>(3, [](Communicator& world) -> std::string {
    try {
      cofi::together(world, [&] {
        if (world.rank() > 0) throw cofi::Error("rank ", world.rank(), " has no bread");
      });
    } catch (const cofi::Error& error) {
      return error.what();
    }
    return "";
  });
  CHECK(said == std::vector<std::string>(3, "rank 1 has no bread"));
  const auto well = on_ranks<std::string>(2, [](Communicator& world) -> std::string {
    cofi::together(world, [] {});
    return "well";
  });
  CHECK(well == std::vector<std::string>(2, "well"));
}

TEST_CASE("sparse rows that ranks have a range each of become whole on all of them") {
  // Row r has r % 3 entries.
  cofi::SparseRows whole;
  whole.starts.push_back(0);
  for (std::int32_t row = 0; row < 20; ++row) {
    for (std::int32_t id = 0; id < row % 3; ++id) {
      whole.entries.push_back({id, static_cast<float>(10 * row + id)});
    }
    whole.starts.push_back(static_cast<std::int64_t>(whole.entries.size()));
  }
  for (const Firsts& first : {Firsts{0, 20}, Firsts{0, 7, 20}, Firsts{0, 1, 1, 20}}) {
    const auto all =
        on_ranks<cofi::SparseRows>(static_cast<int>(first.size()) - 1, [&](Communicator& world) {
          const auto rank = static_cast<std::size_t>(world.rank());
          cofi::SparseRows own;
          own.starts.push_back(0);
          for (std::int32_t row = 0; row < 20; ++row) {
            if (row >= first[rank] && row < first[rank + 1]) {
              for (const auto& entry : whole.row(row)) own.entries.push_back(entry);
            }
            own.starts.push_back(static_cast<std::int64_t>(own.entries.size()));
          }
          cofi::gather_rows(world, own, first);
          return own;
        });
    for (const cofi::SparseRows& each : all) {
      CHECK(each.starts == whole.starts);
      REQUIRE(each.entries.size() == whole.entries.size());
      for (std::size_t n = 0; n < whole.entries.size(); ++n) {
        CHECK(each.entries[n].id == whole.entries[n].id);
        CHECK(each.entries[n].value == whole.entries[n].value);
      }
    }
  }
}
