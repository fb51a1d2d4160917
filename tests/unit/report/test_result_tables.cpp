#include <catch2/catch.hpp>

#include "report/result_tables.hpp"
#include "run_folder.hpp"

using Catch::Contains;
using namespace cofi::report;
using cofi::test::TempFolder;

namespace {

constexpr char kResults[] =
    "model,models.svd.factors,optimizer.lr,rmse,rmse_std,ndcg@10,ndcg@10_std,fit_seconds,"
    "shared_seconds,leaks,selected,status\n"
    "bias,,,1.1,0.14142,0.2,0.14142,0.010,0.000,100 later rows,,done\n"
    "svd,10,0.1,0.85,0.07071,0.5,0.14142,1.500,0.000,100 later rows,1,done\n"
    "svd,50,0.1,,,,,1.000,0.000,100 later rows,0,failed: <not> today (1 of 2 cells)\n"
    "(best possible),,,0.5,,0.9,,,,,,\n";

std::vector<std::string> names(const HtmlTable& table) {
  std::vector<std::string> all;
  for (const auto& column : table.columns) all.push_back(column.name);
  return all;
}

}  // namespace

TEST_CASE("The results as the text table shows them") {
  const TempFolder folder;
  folder.write("results.csv", kResults);
  const RunFiles run = cofi::test::read(folder);
  const HtmlTable table = results_html_table(run);
  SECTION("deviations beside their means; what is alike in all rows is no column") {
    CHECK(names(table) == std::vector<std::string>{"model", "models.svd.factors", "optimizer.lr",
                                                   "rmse", "ndcg@10", "fit_seconds", "selected",
                                                   "status"});
    CHECK(table.rows[1][3].text == "0.8500 ± 0.0707");
    CHECK(table.rows[1][3].number == 0.85);
    CHECK(constant_columns(run) ==
          std::vector<std::pair<std::string, std::string>>{{"leaks", "100 later rows"}});
  }
  SECTION("the best by each metric's own direction; the reference competes with none") {
    CHECK(table.rows[1][3].css == "best");
    CHECK(table.rows[1][4].css == "best");
    CHECK(table.rows[3][3].css.empty());
    CHECK(table.row_css[3] == "last");
  }
  SECTION("rows of a selection, failed rows, empty cells") {
    CHECK(table.row_css[1] == "selected");
    CHECK(table.row_css[2].empty());
    CHECK(table.rows[1][6].text == "selected");
    CHECK(table.rows[2][7].css == "status failed");
    CHECK(table.rows[2][3].text.empty());
    CHECK_FALSE(table.rows[2][3].number);
    CHECK(table.columns[1].number);
  }
}

TEST_CASE("The parts of a spread are shown to four digits, and none is best") {
  const TempFolder folder;
  folder.write("results.csv",
               "model,rmse,rmse_std,rmse_split_std,rmse_seed_std,status\n"
               "bias,1.1,0.14,0.12345678901234567,0.012345678901234567,done\n"
               "svd,0.9,0.14,0.22345678901234567,0,done\n");
  const HtmlTable table = results_html_table(cofi::test::read(folder));
  CHECK(names(table) ==
        std::vector<std::string>{"model", "rmse", "rmse_split_std", "rmse_seed_std", "status"});
  CHECK(table.rows[0][1].text == "1.1000 ± 0.1400");
  CHECK(table.rows[0][2].text == "0.1235");
  CHECK(table.rows[0][2].number == 0.12345678901234567);
  CHECK(table.rows[0][2].css.empty());
  CHECK(table.rows[0][3].text == "0.0123");
  CHECK(table.rows[1][3].text == "0.0000");
  CHECK(table.columns[2].number);
}

TEST_CASE("Why cells are not done") {
  const TempFolder folder;
  const auto table = failures_html_table(cofi::test::read(folder));
  REQUIRE(table);
  REQUIRE(table->rows.size() == 1);
  CHECK(names(*table) == std::vector<std::string>{"model", "models.svd.factors", "optimizer.lr",
                                                  "fold", "repeat", "reason"});
  CHECK(table->rows[0][3].text == "1");
  CHECK(table->rows[0][5].text == "failed: <not> today");
}

TEST_CASE("Comparisons") {
  const TempFolder folder;
  folder.write("comparisons.csv",
               "metric,a,b,difference,t_p,t_p_holm\n"
               "rmse,svd,bias,-0.0312345,1e-09,2e-09\n"
               "rmse,svd,other,0.001,0.04,0.08\n");
  const auto table = comparisons_html_table(cofi::test::read(folder));
  REQUIRE(table);
  CHECK(table->rows[0][3].text == "-0.0312");
  CHECK(table->rows[0][3].number == -0.0312345);
  CHECK(table->rows[0][4].text == "< 0.0001");
  CHECK(table->rows[0][5].css == "best");
  CHECK(table->rows[1][5].text == "0.0800");
  CHECK(table->rows[1][5].css.empty());
  CHECK_FALSE(comparisons_html_table(cofi::test::read(TempFolder())));
}
