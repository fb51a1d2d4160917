#include <catch2/catch.hpp>

#include "cofi/archive.hpp"
#include "cofi/sparse_rows.hpp"

#include "support/temp_folder.hpp"

using cofi::Archive;
using cofi::SparseRows;

namespace {

std::string text(const SparseRows& rows) {
  std::string all;
  for (std::int32_t row = 0; row < rows.size(); ++row) {
    for (const auto& entry : rows.row(row)) {
      all += std::to_string(entry.id) + ":" + std::to_string(int(entry.value)) + " ";
    }
    all += "| ";
  }
  return all;
}

SparseRows some_rows() {
  SparseRows rows;
  rows.starts = {0, 2, 2, 3};
  rows.entries = {{0, 5}, {3, 4}, {3, 1}};
  return rows;
}

}  // namespace

TEST_CASE("sparse rows") {
  const SparseRows rows = some_rows();
  SECTION("are transposed") {
    CHECK(text(cofi::transposed(rows, 4)) == "0:5 | | | 0:4 2:1 | ");
    CHECK(text(cofi::transposed(cofi::transposed(rows, 4), 3)) == text(rows));
  }
  SECTION("are replaced where others have entries") {
    SparseRows own;
    own.starts = {0, 0, 1, 2};
    own.entries = {{1, 7}, {2, 8}};
    SparseRows changed = rows;
    cofi::replace_rows(changed, own);
    CHECK(text(changed) == "0:5 3:4 | 1:7 | 2:8 | ");
  }
  SECTION("are written and read, through a file too") {
    const cofi::test::TempFolder folder;
    Archive archive;
    SparseRows written = rows;
    cofi::rows_state(archive, "ratings", written);
    archive.write(folder / "rows.pt");
    SparseRows found;
    Archive stored = Archive::read(folder / "rows.pt");
    cofi::rows_state(stored, "ratings", found);
    CHECK(text(found) == text(rows));
    CHECK(found.starts == rows.starts);
  }
  SECTION("that do not fit together are refused") {
    Archive archive;
    SparseRows written = rows;
    written.starts.back() = 2;
    cofi::rows_state(archive, "ratings", written);
    Archive stored = archive.reopened();
    CHECK_THROWS_WITH(cofi::rows_state(stored, "ratings", written),
                      Catch::Contains("the saved 'ratings' is damaged"));
  }
}

TEST_CASE("archives take vectors of numbers") {
  Archive archive;
  std::vector<float> floats = {1.5F, -2};
  std::vector<double> doubles = {0.1};
  std::vector<std::int32_t> small = {7, -1};
  std::vector<std::int64_t> large = {std::int64_t{1} << 40};
  std::vector<float> none;
  const auto all = [&](Archive& each) {
    each("floats", floats);
    each("doubles", doubles);
    each("small", small);
    each("large", large);
    each("none", none);
  };
  all(archive);
  Archive stored = archive.reopened();
  floats = {};
  doubles = {9, 9};
  small = {};
  large = {};
  none = {4};
  all(stored);
  CHECK(floats == std::vector<float>{1.5F, -2});
  CHECK(doubles == std::vector<double>{0.1});
  CHECK(small == std::vector<std::int32_t>{7, -1});
  CHECK(large == std::vector<std::int64_t>{std::int64_t{1} << 40});
  CHECK(none.empty());
  CHECK_THROWS_WITH(stored("floats", doubles), Catch::Contains("'floats' is not a list of double"));
}
