#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include "eval/cold_start.hpp"
#include "table_model.hpp"

using cofi::eval::ColdStart;
using cofi::eval::ColdStartGuard;

TEST_CASE("Cold start stands in for untrained rows and puts them back") {
  // User 1 and item 2 have no training interactions.
  const std::vector<std::int64_t> users = {3, 0, 1}, items = {2, 2, 0};
  cofi::test::TableModel model({1, 100, 4}, {2, 3, -0.0F});
  const cofi::ThreadPool pool(1);
  const std::vector<float> before(model.item_rows.data_ptr<float>(),
                                  model.item_rows.data_ptr<float>() + 3);
  SECTION("average: the mean of the trained rows, each counted once") {
    {
      const ColdStartGuard guard(model, ColdStart::kAverage, users, items, nullptr, pool);
      CHECK(model.user_rows.data_ptr<float>()[1] == 2.5F);
      CHECK(model.item_rows.data_ptr<float>()[2] == 2.5F);
      CHECK(model.user_rows.data_ptr<float>()[0] == 1);
    }
    CHECK(model.user_rows.data_ptr<float>()[1] == 100);
    // Bit for bit: -0 comes back as -0.
    for (std::size_t item = 0; item < 3; ++item) {
      const float now = model.item_rows.data_ptr<float>()[item];
      CHECK(now == before[item]);
      CHECK(std::signbit(now) == std::signbit(before[item]));
    }
  }
  SECTION("model: the model's own rule, nothing changes") {
    const ColdStartGuard guard(model, ColdStart::kModel, users, items, nullptr, pool);
    CHECK(model.user_rows.data_ptr<float>()[1] == 100);
  }
  SECTION("without any trained row there is no mean to take") {
    const std::vector<std::int64_t> none = {0, 0, 0};
    const ColdStartGuard guard(model, ColdStart::kAverage, none, none, nullptr, pool);
    CHECK(model.user_rows.data_ptr<float>()[1] == 100);
  }
  SECTION("padded rows and leaves that require gradients") {
    const at::Tensor wide = at::tensor(std::vector<float>{1, 9, 100, 9, 4, 9}).reshape({3, 2});
    model.user_rows = wide.narrow(1, 0, 1).requires_grad_();
    {
      const ColdStartGuard guard(model, ColdStart::kAverage, users, items, nullptr, pool);
      CHECK(wide.data_ptr<float>()[2] == 2.5F);
    }
    CHECK(wide.data_ptr<float>()[2] == 100);
    CHECK(wide.data_ptr<float>()[3] == 9);
  }
}

namespace {

// Folds a user in as the sum of its values.
class FoldingModel final : public cofi::test::TableModel {
 public:
  using TableModel::TableModel;
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool&) override {
    for (const std::int32_t user : rows.users) user_rows.data_ptr<float>()[user] = 0;
    for (std::size_t n = 0; n < rows.size(); ++n) {
      user_rows.data_ptr<float>()[rows.users[n]] += rows.values[n];
    }
    return true;
  }
};

}  // namespace

TEST_CASE("Users of fold-in rows get rows of their own while they are evaluated") {
  const std::vector<std::int64_t> users = {3, 0, 1, 0}, items = {2, 2, 1};
  const cofi::ThreadPool pool(1);
  cofi::Interactions rows;
  rows.users = std::vector<std::int32_t>{1, 1};
  rows.items = std::vector<std::int32_t>{0, 1};
  rows.values = std::vector<float>{3, 4};
  FoldingModel model({1, 100, 4, 200}, {2, 3, 1});
  for (const ColdStart rule : {ColdStart::kAverage, ColdStart::kModel}) {
    {
      const ColdStartGuard guard(model, rule, users, items, &rows, pool);
      CHECK(model.user_rows.data_ptr<float>()[1] == 7);
      CHECK(model.user_rows.data_ptr<float>()[0] == 1);
      // Who has no fold-in rows either is left to the rule.
      CHECK(model.user_rows.data_ptr<float>()[3] == (rule == ColdStart::kAverage ? 2.5F : 200));
    }
    CHECK(model.user_rows.data_ptr<float>()[1] == 100);
  }
}

TEST_CASE("Unseen users, items and rows are counted") {
  cofi::Interactions test;
  test.users = std::vector<std::int32_t>{0, 1, 1, 2};
  test.items = std::vector<std::int32_t>{0, 0, 2, 2};
  test.values = std::vector<float>{1, 2, 3, 4};
  const std::vector<std::int64_t> users = {3, 0, 1}, items = {2, 2, 0};
  const auto unseen = cofi::eval::count_unseen(test, users, items);
  CHECK(unseen.users == 1);  // user 1, twice
  CHECK(unseen.items == 1);  // item 2, twice
  CHECK(unseen.rows == 3);   // all but the first
}
