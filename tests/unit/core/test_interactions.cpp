#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "cofi/interactions.hpp"
#include "cofi/parallel.hpp"
#include "cofi/sparse_rows.hpp"

using cofi::Column;
using cofi::group_by;
using cofi::Grouping;
using cofi::Interactions;
using cofi::ThreadPool;
using cofi::View;
using cofi::Vocabulary;

TEST_CASE("a table of interactions") {
  const ThreadPool pool(2);
  Interactions table;
  table.users = std::vector<std::int32_t>{0, 1, 0, 2};
  table.items = std::vector<std::int32_t>{5, 6, 7, 8};
  table.values = std::vector<float>{1, 2, 4, 4};

  SECTION("rows are taken in the order given, with times where there are any") {
    const std::vector<std::int32_t> wanted = {3, 0, 0};
    Interactions some = table.rows(wanted, pool);
    CHECK(some.size() == 3);
    CHECK(some.items[0] == 8);
    CHECK(some.users[0] == 2);
    CHECK(some.values[2] == 1);
    CHECK(some.times.empty());
    table.times = std::vector<std::int64_t>{10, 20, 30, 40};
    CHECK(table.rows(wanted, pool).times[0] == 40);
    CHECK(table.rows({}, pool).size() == 0);
  }
  SECTION("mean") {
    CHECK(table.mean() == 2.75);
    CHECK(Interactions().mean() == 0);
  }
  SECTION("a column outlives what it was copied from") {
    Column<float> copy;
    {
      const Column<float> original = std::vector<float>{1, 2, 3};
      copy = original;
      CHECK(copy.data() == original.data());
    }
    CHECK(copy[2] == 3);
    const Column<float> part(std::make_shared<Column<float>>(copy), copy.view().slice(1));
    CHECK(part.size() == 2);
    CHECK(part[0] == 2);
  }
  SECTION("rows of each user, in table order") {
    const Grouping by_user = group_by(table.users, 4);
    CHECK(by_user.group(0) == View<std::int32_t>({0, 2}));
    CHECK(by_user.group(1) == View<std::int32_t>({1}));
    CHECK(by_user.group(2) == View<std::int32_t>({3}));
    CHECK(by_user.group(3).empty());
    CHECK(group_by({}, 2).rows.empty());
  }
}

TEST_CASE("a vocabulary") {
  Vocabulary names;
  CHECK(names.find("a") == Vocabulary::kUnknown);
  CHECK(names.find("") == Vocabulary::kUnknown);
  SECTION("ids are in order of first appearance") {
    CHECK(names.add("b") == 0);
    CHECK(names.add("a") == 1);
    CHECK(names.add("b") == 0);
    CHECK(names.size() == 2);
    CHECK(names.name(1) == "a");
    CHECK(names.find("a") == 1);
  }
  SECTION("names are their bytes, of any length") {
    const std::string nul(1, '\0');
    const std::vector<std::string> all = {
        "",         "7",         "007", nul, nul + nul,     "1234567",
        "12345678", "123456789", "A",   "a", "caf\xc3\xa9", std::string(999, 'x')};
    for (std::size_t n = 0; n < all.size(); ++n) {
      CHECK(names.add(all[n]) == static_cast<std::int32_t>(n));
    }
    for (std::size_t n = 0; n < all.size(); ++n) {
      CHECK(names.find(all[n]) == static_cast<std::int32_t>(n));
      CHECK(names.name(static_cast<std::int32_t>(n)) == all[n]);
    }
  }
  SECTION("many names, short and long") {
    bool right = true;
    for (std::int32_t n = 0; n < 100000; ++n) {
      right = right && names.add((n % 2 ? "item-number-" : "") + std::to_string(n)) == n;
    }
    for (std::int32_t n = 0; n < 100000; ++n) {
      right = right && names.find((n % 2 ? "item-number-" : "") + std::to_string(n)) == n;
    }
    CHECK(right);
    CHECK(names.size() == 100000);
    CHECK(names.find("100000") == Vocabulary::kUnknown);
  }
}

TEST_CASE("how many of the ids are each id") {
  const std::vector<std::int32_t> ids = {2, 0, 2, 2};
  CHECK(cofi::counts_of(ids, 4) == std::vector<std::int64_t>{1, 0, 3, 0});
}

TEST_CASE("positions in the order of ids, equal ones in order") {
  const std::vector<std::int32_t> ids = {2, -1, 0, 2, 0};
  CHECK(cofi::order_by(ids) == std::vector<std::int32_t>{1, 2, 4, 0, 3});
  CHECK(cofi::order_by({}).empty());
}

TEST_CASE("Interactions by row: ids ascending, repeated ones in table order") {
  Interactions table;
  table.users = std::vector<std::int32_t>{2, 0, 2, 2, 0};
  table.items = std::vector<std::int32_t>{1, 3, 0, 1, 2};
  table.values = std::vector<float>{5, 4, 3, 2, 1};
  const auto text = [](const cofi::SparseRows& rows) {
    std::string all;
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      for (const auto& entry : rows.row(row)) {
        all += std::to_string(entry.id) + ":" + std::to_string(int(entry.value)) + " ";
      }
      all += "| ";
    }
    return all;
  };
  const ThreadPool pool(2);
  CHECK(text(cofi::rows_by_user(table, 4, pool)) == "2:1 3:4 | | 0:3 1:5 1:2 | | ");
  CHECK(text(cofi::rows_by_item(table, 4, pool)) == "2:3 | 2:5 2:2 | 0:1 | 0:4 | ");
  CHECK(cofi::rows_by_user({}, 0, pool).size() == 0);
}
