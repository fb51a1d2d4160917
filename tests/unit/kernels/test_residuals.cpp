#include <catch2/catch.hpp>

#include "cofi/archive.hpp"
#include "cofi/interactions.hpp"
#include "cofi/kernels/residuals.hpp"
#include "cofi/testing/toy_context.hpp"

using cofi::kernels::BiasOptions;
using cofi::kernels::Residuals;

namespace {

// hand_toy's ratings by user, and its mean.
struct Rating {
  std::int32_t user, item;
  double value;
};
const std::vector<Rating> kRatings = {{0, 0, 5}, {0, 1, 3}, {1, 0, 4},
                                      {1, 2, 1}, {2, 1, 2}, {2, 2, 3}};
constexpr double kMean = 3;

}  // namespace

TEST_CASE("Residuals: ratings less alternating least squares' biases") {
  const cofi::testing::ToyContext toy(cofi::testing::hand_toy());
  BiasOptions options;
  options.epochs = 3;
  options.reg_user = 2;
  options.reg_item = 1;
  std::vector<double> users(3), items(3);
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (std::int32_t item = 0; item < 3; ++item) {
      double sum = 0, count = 0;
      for (const Rating& rating : kRatings) {
        if (rating.item != item) continue;
        sum += rating.value - kMean - users[static_cast<std::size_t>(rating.user)];
        ++count;
      }
      items[static_cast<std::size_t>(item)] = sum / (options.reg_item + count);
    }
    for (std::int32_t user = 0; user < 3; ++user) {
      double sum = 0, count = 0;
      for (const Rating& rating : kRatings) {
        if (rating.user != user) continue;
        sum += rating.value - kMean - items[static_cast<std::size_t>(rating.item)];
        ++count;
      }
      users[static_cast<std::size_t>(user)] = sum / (options.reg_user + count);
    }
  }
  Residuals residuals(options);
  residuals.take(toy.context());
  CHECK(residuals.mean() == kMean);
  CHECK(residuals.users() == 3);
  CHECK(residuals.items() == 3);
  CHECK(residuals.of(-1).empty());
  for (std::size_t n = 0; n < kRatings.size(); ++n) {
    const auto [user, item, value] = kRatings[n];
    const auto& entry = residuals.of(user)[n % 2];
    CHECK(entry.id == item);
    CHECK(entry.value == Approx(value - kMean - users[static_cast<std::size_t>(user)] -
                                items[static_cast<std::size_t>(item)]));
  }

  SECTION("a user folded in is what they rated; others stay") {
    const auto before = residuals.of(1)[0].value;
    const std::vector<std::int32_t> user = {0, 0}, item = {1, 2};
    residuals.fold_in({user, item, std::vector<float>{4, 2}, {}}, toy.pool());
    const double bias = ((4 - kMean - items[1]) + (2 - kMean - items[2])) / (options.reg_user + 2);
    REQUIRE(residuals.of(0).size() == 2);
    CHECK(residuals.of(0)[0].id == 1);
    CHECK(residuals.of(0)[0].value == Approx(4 - kMean - items[1] - bias));
    CHECK(residuals.of(0)[1].value == Approx(2 - kMean - items[2] - bias));
    CHECK(residuals.of(1)[0].value == before);
  }
  SECTION("its state is all that folding in and predicting need") {
    cofi::Archive archive;
    residuals.state(archive);
    cofi::Archive saved = archive.reopened();
    Residuals other(options);
    other.state(saved);
    CHECK(other.mean() == residuals.mean());
    CHECK(other.items() == residuals.items());
    CHECK(other.of(2)[1].value == residuals.of(2)[1].value);
  }
}
