// A run's report as a reader meets it: written by the runner, opened by a browser.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "support/runner.hpp"

using Catch::Contains;
using cofi::test::read_file;
using cofi::test::shell;
using cofi::test::TempFolder;
using Json = nlohmann::json;

namespace {

// Swept plugins and numbers, names that are long, test by epoch, and cells that fail.
constexpr char kSpec[] = R"(name: report-me
dataset: {use: synthetic, users: 300, items: 200, ratings: 8000}
split: {use: k_fold, folds: 2}
models:
  bias: {use: bias}
  svd: {use: svd, factors: 4}
  a-model-with-a-name-that-is-longer-than-any-legend: {use: svd, factors: 2}
optimizer: {use: adam, lr: 0.01}
train: {epochs: 12, batch: 1000}
evaluate: {epochs: [1, 4, 8, 12]}
metrics: [rmse, mae]
sweep:
  - grid:
      models.svd.factors: [2, 32]
      models.svd.init_high: [0.1, 0.005, 0.02]
      optimizer: [{use: adam, lr: 0.01}, {use: adam, lr: 0.001}, {use: sgd, lr: 1000}]
)";

bool is_there(const std::string& program) { return shell("command -v " + program).code == 0; }

void replace(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
}

std::string unescaped(std::string text) {
  for (const auto& [entity, character] : std::map<std::string, std::string>{
           {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&nbsp;", " "}, {"&amp;", "&"}}) {
    if (character == "&") continue;
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
      text.replace(at, entity.size(), character);
    }
  }
  for (std::size_t at = 0; (at = text.find("&amp;", at)) != std::string::npos; ++at) {
    text.replace(at, 5, "&");
  }
  return text;
}

// What report_page.js finds in the page, in a browser of its own.
Json opened(const std::string& page, int width, bool dark) {
  const TempFolder folder;
  std::string html = read_file(page);
  replace(html, "<style>",
          "<script>window.pageErrors = [];"
          "addEventListener('error', (event) => pageErrors.push(event.message));"
          "addEventListener('securitypolicyviolation',"
          " (event) => pageErrors.push(event.blockedURI));</script>\n<style>");
  replace(html, "</body>",
          "<script>" + read_file("tests/shell/report_page.js") + "</script>\n</body>");
  folder.write("page.html", html);
  const auto outcome = shell(
      "timeout 100 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync "
      "--enable-logging=stderr --user-data-dir='" +
      (folder / "user") + "' --blink-settings=preferredColorScheme=" + (dark ? "0" : "1") +
      " --virtual-time-budget=5000 --window-size=" + std::to_string(width) +
      ",900 --dump-dom 'file://" + (folder / "page.html") + "'");
  INFO(outcome.err);
  CHECK(outcome.err.find("CONSOLE") == std::string::npos);
  const std::string mark = "<pre id=\"found\">";
  const std::size_t start = outcome.out.find(mark);
  REQUIRE(start != std::string::npos);
  const std::size_t end = outcome.out.find("</pre>", start);
  return Json::parse(unescaped(outcome.out.substr(start + mark.size(), end - start - mark.size())));
}

// Numbers by size, then empty cells; the last row, "(best possible)", stays where it is.
void check_sorted(const Json& cells, bool up, std::size_t count) {
  std::vector<double> numbers;
  bool empty = false;
  for (std::size_t n = 0; n + 1 < cells.size(); ++n) {
    const std::string text = cells[n];
    if (text.empty()) {
      empty = true;
      continue;
    }
    CHECK_FALSE(empty);
    numbers.push_back(std::atof(text.c_str()));
  }
  CHECK(empty);
  CHECK(numbers.size() == count);
  if (!up) std::reverse(numbers.begin(), numbers.end());
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}

// A run of kSpec with its report; the run's folder.
std::string reported_run(const TempFolder& folder) {
  const std::string run = folder / "run";
  folder.write("spec.yaml", kSpec);
  REQUIRE(shell("cofi run -q '" + (folder / "spec.yaml") + "' --out '" + run + "'").code == 3);
  const auto outcome = shell("cofi report '" + run + "'");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out == run + "/report.html\n");
  return run;
}

}  // namespace

TEST_CASE("cofi report") {
  if (!is_there("gnuplot")) {
    std::cout << "[skipped] needs gnuplot (tools/packages build)\n";
    return;
  }
  const TempFolder folder;
  const std::string run = reported_run(folder), page = run + "/report.html";

  // One file that needs no other, with what failed and why.
  const std::string html = read_file(page);
  CHECK_THAT(html, !Contains(" src=") && !Contains("@import") && !Contains("url("));
  CHECK_THAT(html, Contains("some cells failed") && Contains("training diverged"));
  for (const char* id : {"results", "failures", "curves", "parameters", "costs", "spec"}) {
    CHECK_THAT(html, Contains("<section id=\"" + std::string(id) + "\">"));
  }
  for (const char* name : {"curve-loss", "curve-rmse", "by-factors-rmse", "by-optimizer-mae"}) {
    CHECK(std::filesystem::exists(run + "/pictures/" + name + ".svg"));
    CHECK(std::filesystem::exists(run + "/pictures/" + name + ".png"));
  }

  // The same bytes again, without pictures of other reports.
  const std::string picture = run + "/pictures/curve-loss.png", drawn = read_file(picture);
  const std::string old = folder.write("run/pictures/old.svg", "");
  REQUIRE(shell("cofi report '" + run + "'").code == 0);
  CHECK(read_file(page) == html);
  CHECK(read_file(picture) == drawn);
  CHECK_FALSE(std::filesystem::exists(old));

  // A run that starts anew takes its report along.
  REQUIRE(shell("cofi run -q '" + (folder / "spec.yaml") + "' --fresh --set sweep=null --out '" +
                run + "'")
              .code == 0);
  CHECK_FALSE(std::filesystem::exists(page));
  CHECK_FALSE(std::filesystem::exists(run + "/pictures"));
}

TEST_CASE("a report in a browser") {
  for (const char* program : {"gnuplot", "chromium"}) {
    if (is_there(program)) continue;
    std::cout << "[skipped] needs " << program << " (tools/packages build extras)\n";
    return;
  }
  const TempFolder folder;
  const std::string page = reported_run(folder) + "/report.html";
  const Json light = opened(page, 1280, false), narrow = opened(page, 360, true);
  for (const Json& found : {light, narrow}) {
    for (const char* nothing : {"errors", "requests", "double_ids", "clipped", "overlapping"}) {
      INFO(nothing << ": " << found[nothing].dump(2));
      CHECK(found[nothing].empty());
    }
    CHECK(found["page_width"] <= found["width"]);
    CHECK(found["pictures"].get<int>() >= 9);
  }
  // Text, paper and the pictures' text: all of them follow the theme.
  for (int n = 0; n < 3; ++n) CHECK(light["colours"][n] != narrow["colours"][n]);
  CHECK(light["colours"][0] == light["colours"][2]);

  const Json& rmse = light["columns"]["rmse"];
  check_sorted(rmse["up"], true, 15);  // bias, 12 of svd, 2 of the other
  check_sorted(rmse["down"], false, 15);
  // As texts, 0.1 would be before 0.005.
  check_sorted(light["columns"]["models.svd.init_high"]["up"], true, 18);
  check_sorted(light["columns"]["models.svd.init_high"]["down"], false, 18);
  CHECK(rmse["back"] == rmse["before"]);
  CHECK(rmse["up_sort"] == "ascending");
  CHECK(rmse["down_sort"] == "descending");
  CHECK(rmse["back_sort"].is_null());
  CHECK(light["columns"]["model"]["up"].back() == "(best possible)");
}

TEST_CASE("cofi report of what it cannot read") {
  const TempFolder folder;
  folder.write("a-file", "");
  folder.write("run/spec.yaml", "name: x\n");
  folder.write("run/manifest.json", R"({"name": "x", "state": "done", "metrics": {}})");
  const auto report = [&](const std::string& arguments) {
    return shell("cd '" + folder.path().string() + "' && " + arguments);
  };
  for (const auto& [command, says] : std::map<std::string, std::string>{
           {"cofi report", "takes RUN"},
           {"cofi report none", "none: no such folder; cofi report takes the folder that cofi run"},
           {"cofi report a-file", "a-file is a file"},
           {"cofi report .", ". is no run's folder: it has no spec.yaml"},
           {"PATH=${PATH%%:*}; cofi report run", "apt-get install gnuplot-nox"}}) {
    const auto outcome = report(command);
    INFO(command << "\n" << outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains(says));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "run/report.html"));
}
