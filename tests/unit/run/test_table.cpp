#include <catch2/catch.hpp>

#include <cmath>

#include "run/table.hpp"

using namespace cofi::run;
using Kind = TableColumn::Kind;

namespace {

Table table() {
  Table table;
  table.columns = {{"model", Kind::kText, false},  {"svd.factors", Kind::kText, false},
                   {"rmse", Kind::kMetric, false}, {"rmse_std", Kind::kMetric, false},
                   {"fcp", Kind::kMetric, true},   {"fit_seconds", Kind::kSeconds, false},
                   {"status", Kind::kText, false}};
  table.add_row({"bias", {}, 0.94572, 0.002, 0.5, 0.1234567, "done"});
  table.add_row({"svd", "100", 1.0 / 3, 0.001, 0.6, 12.0, "done"});
  table.add_row({"a_b, \"c\"|d", "10", {}, {}, {}, {}, "failed: 50% & more"});
  table.add_row({"(best possible)", {}, 0.1, {}, 0.9, {}, {}}, true);
  return table;
}

}  // namespace

TEST_CASE("A table in its forms") {
  SECTION("CSV in full precision") {
    CHECK(to_csv(table()) ==
          "model,svd.factors,rmse,rmse_std,fcp,fit_seconds,status\n"
          "bias,,0.94572,0.002,0.5,0.123,done\n"
          "svd,100,0.3333333333333333,0.001,0.6,12.000,done\n"
          "\"a_b, \"\"c\"\"|d\",10,,,,,failed: 50% & more\n"
          "(best possible),,0.1,,0.9,,\n");
  }
  SECTION("JSON with null where there is nothing") {
    const std::string json = to_json(table());
    CHECK_THAT(json, Catch::Contains("\"rmse\": 0.3333333333333333"));
    CHECK_THAT(json, Catch::Contains("\"svd.factors\": null"));
    CHECK_THAT(json, Catch::Contains("a_b, \\\"c\\\"|d"));
  }
  SECTION("Markdown: deviations beside means, the best in bold, the reference competes with none") {
    CHECK(to_markdown(table()) ==
          "| model | svd.factors | rmse | fcp | fit_seconds | status |\n"
          "| --- | ---: | ---: | ---: | ---: | --- |\n"
          "| bias |  | 0.9457 ± 0.0020 | 0.5000 | 0.12 | done |\n"
          "| svd | 100 | **0.3333 ± 0.0010** | **0.6000** | 12.00 | done |\n"
          "| a_b, \"c\"\\|d | 10 |  |  |  | failed: 50% & more |\n"
          "| (best possible) |  | 0.1000 | 0.9000 |  |  |\n");
  }
  SECTION("LaTeX with booktabs' rules and escaped text") {
    const std::string latex = to_latex(table());
    CHECK_THAT(latex, Catch::Contains("\\begin{tabular}{lrrrrl}\n\\toprule\n"));
    CHECK_THAT(latex,
               Catch::Contains("a\\_b, \"c\"|d & 10 &  &  &  & failed: 50\\% \\& more \\\\"));
    CHECK_THAT(latex, Catch::Contains("\\textbf{0.3333 $\\pm$ 0.0010}"));
    CHECK_THAT(latex, Catch::Contains("\\bottomrule\n\\end{tabular}\n"));
  }
  SECTION("aligned text with a mark at the best") {
    CHECK(to_text(table().without({"rmse_std", "fit_seconds", "status"})) ==
          "model            svd.factors    rmse     fcp\n"
          "bias                          0.9457  0.5000\n"
          "svd                      100  0.3333* 0.6000*\n"
          "a_b, \"c\"|d                10\n"
          "(best possible)               0.1000  0.9000\n");
  }
  SECTION("rows with a stamp compete apart: the best of all, and of those without") {
    Table stamped;
    stamped.columns = {{"model", Kind::kText}, {"rmse", Kind::kMetric}, {"reads", Kind::kStamp}};
    stamped.add_row({"a", 0.9, {}});
    stamped.add_row({"b", 0.8, "times"});
    stamped.add_row({"c", 0.85, {}});
    stamped.add_row({"d", 0.85, "times"});
    CHECK(to_text(stamped) ==
          "model    rmse  reads\n"
          "a      0.9000\n"
          "b      0.8000* times\n"
          "c      0.8500*\n"
          "d      0.8500  times\n");
  }
  SECTION("a table without rows is its head") {
    Table empty;
    empty.columns = {{"model", Kind::kText, false}};
    CHECK(to_csv(empty) == "model\n");
    CHECK(to_json(empty) == "[]\n");
    CHECK(to_text(empty) == "model\n");
  }
}
