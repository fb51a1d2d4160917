#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cofi/splitter.hpp"

#include "plugin/registry.hpp"
#include "support/load_context.hpp"
#include "support/split_checks.hpp"

namespace {

using cofi::test::Loading;
using cofi::test::same;

cofi::Split split_of(std::int64_t test, std::size_t rows, const std::string& generator = "cofi") {
  const auto splitter = cofi::plugin::Registry::standard().build<cofi::Splitter>(
      {{"use", "count"}, {"test", test}, {"generator", generator}, {"seed", nullptr}}, "split");
  CHECK(splitter->count() == 1);
  return splitter->at(0, cofi::Data(), cofi::test::all_rows(rows), Loading(".", 42).context());
}

}  // namespace

TEST_CASE("splitter/count") {
  for (const std::int64_t test : {1, 300, 999}) {
    const cofi::Split split = split_of(test, 1000);
    CHECK(cofi::test::divides(split, cofi::test::all_rows(1000)));
    CHECK(split.test.size() == static_cast<std::size_t>(test));
    CHECK(same(split, split_of(test, 1000)));
  }
  // numpy.random.RandomState(42).permutation(10) -> [8 1 5 0 7 2 9 4 3 6]
  CHECK(split_of(3, 10, "numpy").test == std::vector<std::int32_t>{8, 1, 5});
  CHECK_THROWS_WITH(split_of(10, 10),
                    "splitter/count: test takes 10 of 10 rows for testing; at least one must be "
                    "tested and one left");
}
