#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "train/sampler.hpp"
#include "unit/train/toy_models.hpp"

using namespace cofi;
using train::Sampler;

namespace {

TrainOptions sampled(bool shuffle, std::int64_t batch) {
  TrainOptions options;
  options.shuffle = shuffle;
  options.batch = batch;
  return options;
}

std::vector<float> values_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
}

// The values of an epoch's rows, in its order.
std::vector<float> epoch_of(Sampler& sampler, std::int64_t epoch) {
  std::vector<float> all;
  sampler.start_epoch(epoch);
  for (std::int64_t k = 0; k < sampler.batches(); ++k) {
    const std::vector<float> batch = values_of(sampler.batch(k).values);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

}  // namespace

TEST_CASE("the sampler") {
  SECTION("file order: views of the columns, the last batch smaller") {
    test::Fit fit(sampled(false, 32));
    const FitContext context = fit.context();
    Sampler sampler(context);
    sampler.start_epoch(1);
    REQUIRE(sampler.batches() == 3);
    const Batch first = sampler.batch(0), last = sampler.batch(2);
    CHECK(first.users.data_ptr<std::int32_t>() == fit.train.users.data());
    CHECK(first.values.data_ptr<float>() == fit.train.values.data());
    CHECK(first.users.scalar_type() == at::kInt);
    CHECK_FALSE(first.times.defined());
    CHECK(last.size() == 70 - 64);
    CHECK(last.items.data_ptr<std::int32_t>() == fit.train.items.data() + 64);
  }
  SECTION("shuffled: all rows once, another order every epoch, the same for any threads") {
    std::vector<float> numbers(70);
    std::vector<std::int64_t> times(70);
    for (std::size_t n = 0; n < 70; ++n) {
      numbers[n] = static_cast<float>(n), times[n] = static_cast<std::int64_t>(n);
    }
    test::Fit fit(sampled(true, 32)), wide(sampled(true, 32), 3);
    fit.train.values = numbers, wide.train.values = numbers;
    fit.train.times = times;
    const FitContext context = fit.context(), wide_context = wide.context();
    Sampler sampler(context), other(wide_context);
    const std::vector<float> one = epoch_of(sampler, 1), two = epoch_of(sampler, 2);
    CHECK(one != two);
    CHECK(epoch_of(other, 1) == one);
    CHECK(epoch_of(sampler, 1) == one);
    std::vector<float> sorted = one;
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == numbers);
    // A batch's columns belong to the same rows.
    sampler.start_epoch(3);
    const Batch batch = sampler.batch(1);
    bool together = true;
    for (int n = 0; n < 32; ++n) {
      const auto row = static_cast<std::size_t>(batch.values.data_ptr<float>()[n]);
      together = together && batch.times.data_ptr<std::int64_t>()[n] == times[row] &&
                 batch.users.data_ptr<std::int32_t>()[n] == fit.train.users[row] &&
                 batch.items.data_ptr<std::int32_t>()[n] == fit.train.items[row];
    }
    CHECK(together);
  }
  SECTION("an interaction draws the same whatever part of the batch it is in") {
    test::Fit fit(sampled(true, 32));
    const FitContext context = fit.context();
    Sampler sampler(context);
    const auto draws_of = [](const Batch& batch) {
      std::vector<std::uint32_t> draws;
      for (std::int64_t n = 0; n < batch.size(); ++n) draws.push_back(batch.draws(n)());
      return draws;
    };
    sampler.start_epoch(1);
    const std::vector<std::uint32_t> whole = draws_of(sampler.batch(0));
    CHECK(draws_of(sampler.batch(1)) != whole);
    const std::vector<std::int32_t> apart = {1, 5, 6, 30}, together = {8, 9, 10};
    for (const std::vector<std::int32_t>& positions : {apart, together}) {
      sampler.open(0);
      const std::vector<std::uint32_t> part = draws_of(sampler.select(positions));
      for (std::size_t n = 0; n < part.size(); ++n) {
        CHECK(part[n] == whole[static_cast<std::size_t>(positions[n])]);
      }
    }
    sampler.start_epoch(2);
    CHECK(draws_of(sampler.batch(0)) != whole);
  }
  SECTION("groups follow the batch in every epoch, also where they are kept") {
    for (const bool shuffle : {false, true}) {
      for (const std::int64_t batch_size : {1, 7, 32, 100}) {
        test::Fit fit(sampled(shuffle, batch_size), 2);
        const FitContext context = fit.context();
        Sampler sampler(context);
        bool right = true;
        for (std::int64_t epoch = 1; epoch <= 2; ++epoch) {
          sampler.start_epoch(epoch);
          for (std::int64_t k = 0; k < sampler.batches(); ++k) {
            const Batch batch = sampler.batch(k);
            const Sampler::Groups groups = sampler.groups(k);
            for (const bool users : {true, false}) {
              const BatchRows& side = users ? groups.users : groups.items;
              const std::int32_t* ids =
                  (users ? batch.users : batch.items).data_ptr<std::int32_t>();
              right = right && side.order.size() == static_cast<std::size_t>(batch.size());
              for (std::size_t m = 0; m < side.rows.size(); ++m) {
                for (auto at = side.starts[m]; at < side.starts[m + 1]; ++at) {
                  right = right && ids[side.order[static_cast<std::size_t>(at)]] == side.rows[m];
                }
              }
            }
          }
        }
        CHECK(right);
      }
    }
  }
}
