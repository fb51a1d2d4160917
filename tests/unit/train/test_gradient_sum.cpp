#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "run/metered_communicator.hpp"
#include "support/run_ranks.hpp"
#include "train/gradient_sum.hpp"
#include "unit/train/toy_models.hpp"

using namespace cofi;
using train::GradientSum;
using train::SumTable;

TEST_CASE("gradients travel as they are written, and the ranks' flags with them") {
  constexpr std::int64_t kLarge = 1 << 20;  // floats that are worth a message of their own
  struct Found {
    double before = -1, written = 0;  // bytes sent
    std::vector<float> users, items;
    bool stop = false, not_finite = true;
  };
  std::vector<Found> found(2);
  test::run_ranks(2, [&](Communicator& world, const World& place) {
    run::MeteredCommunicator metered(world.subgroup({0, 1}));
    test::Fit fit;
    fit.communicator = &metered;
    const FitContext context = fit.context();
    const train::Shares shares(context);
    GradientSum sum(context, shares);
    Found& own = found[static_cast<std::size_t>(place.rank)];
    const float mine = place.rank == 0 ? 1 : 10;
    const std::vector<std::int32_t> touched = {0, 2};
    std::vector<SumTable> tables;
    tables.push_back({at::full({3, 2}, mine, at::kFloat), touched, false, false, "users"});
    tables.push_back({at::full({kLarge}, 2 * mine, at::kFloat), {}, true, false, "items"});
    for (int batch = 0; batch < 2; ++batch) {
      if (place.rank == 0) {
        // The other rank has nothing to compute, and says so at the end.
        sum.open(tables);
        sum.written(0);
        own.before = metered.bytes();
        sum.written(1);
        own.written = metered.bytes() - own.before;
      }
      const auto flags = sum.finish(tables, 1, {false, place.rank == 1});
      own.stop = flags.stop, own.not_finite = flags.not_finite;
      for (const bool users : {true, false}) {
        const at::Tensor& gradient = tables[users ? 0 : 1].gradient;
        const auto* first = gradient.data_ptr<float>();
        (users ? own.users : own.items).assign(first, first + 6);
      }
      if (batch > 0) continue;
      for (SumTable& table : tables) table.gradient.fill_(mine);
    }
  });
  CHECK(found[0].before > 0);  // the first batch's
  CHECK(found[0].written >= 4 * kLarge);
  for (const Found& rank : found) {
    CHECK(rank.users == std::vector<float>{11, 11, rank.users[2], rank.users[3], 11, 11});
    CHECK(rank.items == std::vector<float>(6, 11));
    CHECK(rank.stop);
    CHECK_FALSE(rank.not_finite);
  }
  CHECK(found[0].users[2] == 1);  // no batch's row
  CHECK(found[1].users[2] == 10);
}
