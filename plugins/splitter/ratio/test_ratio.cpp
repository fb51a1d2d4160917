#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cofi/splitter.hpp"

#include "plugin/registry.hpp"
#include "support/data_folder.hpp"
#include "support/load_context.hpp"
#include "support/split_checks.hpp"

namespace {

using Json = nlohmann::ordered_json;
using cofi::test::Loading;
using cofi::test::same;

std::unique_ptr<cofi::Splitter> ratio(double test, const std::string& generator = "cofi",
                                      const Json& seed = nullptr) {
  return cofi::plugin::Registry::standard().build<cofi::Splitter>(
      {{"use", "ratio"}, {"test", test}, {"generator", generator}, {"seed", seed}}, "split");
}

// A line of the reference as "user,item,value,time" from a row of the data.
std::string line(const cofi::Data& data, std::int32_t at) {
  const auto row = static_cast<std::size_t>(at);
  const cofi::Interactions& table = data.interactions;
  std::string value = std::to_string(table.values[row]);
  value.resize(3);
  return std::to_string(table.users[row]) + "," + std::to_string(table.items[row]) + "," + value +
         "," + std::to_string(table.times[row]);
}

// The first line where rows and file differ, or 0.
std::size_t first_difference(const cofi::Data& data, const std::vector<std::int32_t>& rows,
                             const std::string& file) {
  std::ifstream in(file);
  std::string text;
  std::getline(in, text);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (!std::getline(in, text) || text != line(data, rows[n])) return n + 2;
  }
  return std::getline(in, text) ? rows.size() + 2 : 0;
}

}  // namespace

TEST_CASE("splitter/ratio") {
  const cofi::Data data;
  const auto rows = cofi::test::all_rows(1000);
  SECTION("divides the rows; train keeps their order") {
    for (const char* generator : {"cofi", "numpy"}) {
      for (const double test : {0.001, 0.2, 0.5, 0.999}) {
        const auto splitter = ratio(test, generator);
        CHECK(splitter->count() == 1);
        const cofi::Split split = splitter->at(0, data, rows, Loading().context());
        CHECK(cofi::test::divides(split, rows));
        CHECK(split.test.size() == std::size_t(1000 * test + 0.5));
        CHECK(std::is_sorted(split.train.begin(), split.train.end()));
      }
    }
  }
  SECTION("divides some of the rows, in their order") {
    const std::vector<std::int32_t> some = {90, 3, 7, 41, 5};
    const cofi::Split split = ratio(0.4)->at(0, data, some, Loading().context());
    CHECK(cofi::test::divides(split, some));
    CHECK(split.test.size() == 2);
    CHECK(std::is_sorted(split.train.begin(), split.train.end(), [&](auto a, auto b) {
      return std::find(some.begin(), some.end(), a) < std::find(some.begin(), some.end(), b);
    }));
  }
  SECTION("halves are rounded to even") {
    const auto ten = cofi::test::all_rows(10);
    CHECK(ratio(0.25)->at(0, data, ten, Loading().context()).test.size() == 2);
    CHECK(ratio(0.35)->at(0, data, ten, Loading().context()).test.size() == 4);
  }
  SECTION("the seed decides, the parameter before the spec's, threads never") {
    const auto at = [&](const Json& seed, const Loading& loading) {
      return ratio(0.2, "cofi", seed)->at(0, data, rows, loading.context());
    };
    CHECK(same(at(nullptr, Loading(".", 5, 1)), at(nullptr, Loading(".", 5, 3))));
    CHECK(same(at(5, Loading(".", 9)), at(nullptr, Loading(".", 5))));
    CHECK_FALSE(same(at(nullptr, Loading(".", 5)), at(nullptr, Loading(".", 6))));
  }
  SECTION("numpy: the first rows of RandomState(seed).permutation") {
    // numpy.random.RandomState(42).permutation(10) -> [8 1 5 0 7 2 9 4 3 6]
    const auto ten = cofi::test::all_rows(10);
    const cofi::Split split = ratio(0.4, "numpy", 42)->at(0, data, ten, Loading().context());
    CHECK(split.test == std::vector<std::int32_t>{8, 1, 5, 0});
    CHECK(split.train == std::vector<std::int32_t>{2, 3, 4, 6, 7, 9});
  }
  SECTION("mistakes") {
    CHECK_THROWS_WITH(ratio(0), "splitter/ratio (split): test: must lie between 0 and 1");
    CHECK_THROWS_WITH(ratio(1), "splitter/ratio (split): test: must lie between 0 and 1");
    CHECK_THROWS_WITH(ratio(0.2)->at(0, data, cofi::test::all_rows(2), Loading().context()),
                      "splitter/ratio: test takes 0 of 2 rows for testing; at least one must be "
                      "tested and one left");
    CHECK_THROWS_WITH(
        ratio(0.2, "numpy", 4294967296)->at(0, data, rows, Loading().context()),
        "splitter/ratio (split): seed: 4294967296 is more than numpy takes; give 0 to 4294967295");
  }
}

TEST_CASE("splitter/ratio draws the thesis' split") {
  const auto folder = cofi::test::data_folder("ml-latest-small");
  if (!folder) return;
  const auto reference = std::filesystem::path(*folder) / "../../reference";
  if (!std::filesystem::exists(reference / "thesis-split.test.csv")) {
    std::cout << "[skipped] needs reference/thesis-split.test.csv beside COFI_DATA\n";
    return;
  }
  const auto data = cofi::plugin::Registry::standard()
                        .build<cofi::Dataset>({{"use", "movielens"},
                                               {"path", *folder},
                                               {"on_error", "error"},
                                               {"duplicates", "last"}},
                                              "dataset")
                        ->load(Loading().context());
  const auto rows = cofi::test::all_rows(data.interactions.size());
  const cofi::Split split = ratio(0.2, "numpy")->at(0, data, rows, Loading().context());
  REQUIRE(split.train.size() == 80003);
  REQUIRE(split.test.size() == 20001);
  CHECK(first_difference(data, split.test, (reference / "thesis-split.test.csv").string()) == 0);
  CHECK(first_difference(data, split.train, (reference / "thesis-split.train.csv").string()) == 0);
}
