#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>

#include "report/gnuplot.hpp"
#include "report/script.hpp"
#include "support/runner.hpp"

using Catch::Contains;
using namespace cofi::report;

TEST_CASE("Text in gnuplot's commands") {
  SECTION("all but plain characters by number: gnuplot runs what stands between backquotes") {
    CHECK(quoted("svd, lr 0.1") == "\"svd, lr 0.1\"");
    CHECK(quoted("`ls` \"$x\" \\") == "\"\\140ls\\140 \\042\\044x\\042 \\134\"");
  }
  SECTION("digits behind a number, too, since gnuplot takes them for a part of it") {
    CHECK(quoted("a/0b1") == "\"a\\057\\060b1\"");
  }
}

TEST_CASE("Pictures") {
  if (cofi::test::shell("command -v gnuplot").code != 0) {
    std::cout << "[skipped] needs gnuplot (tools/packages build)\n";
    return;
  }
  const cofi::test::TempFolder folder;
  const std::string bad = "`touch " + (folder / "ran") + "` <b>&\"' 100% /0 äß $x {^2} @y";
  Chart chart;
  chart.name = "picture";
  chart.alt = "A picture";
  chart.x = parameter_axis({bad, "other"}, 300).axis;
  chart.y = measure_axis({1, 2}, 20);
  chart.y.title = bad;
  chart.y.aside = "\n\x01\xff";
  Series series;
  series.name = bad;
  series.ink = curve_ink(1);
  series.line = series.band = series.whiskers = true;
  series.marks = {{0, 1, 0.9, 1.1, "one"}, {1, 2, 1.9, 2.1, bad}};
  chart.series = {series};
  chart.boxes = {{0, 0.5, 1, 1.5, 0x123456}};
  chart.notes = {{0.5, 1.5, bad, 0x654321}};
  const std::vector<Picture> pictures = draw({chart, chart});
  REQUIRE(pictures.size() == 2);
  const Picture& picture = pictures[0];
  SECTION("names are shown as they are, whatever is in them; nothing of them is run") {
    CHECK_FALSE(std::filesystem::exists(folder / "ran"));
    CHECK_THAT(picture.svg, Contains("&lt;b>&amp;\"' 100% /0 äß $x {^2} @y"));
    CHECK_THAT(picture.svg, Contains("<title>one</title>") && Contains("&lt;b&gt;&amp;&quot;"));
  }
  SECTION("SVG for the page, PNG beside it, the same bytes each time") {
    CHECK(picture.svg.find("<svg ") == 0);
    CHECK(picture.png.compare(1, 3, "PNG") == 0);
    CHECK(draw({chart})[0].svg == picture.svg);
    CHECK(draw({chart})[0].png == picture.png);
    CHECK(pictures[1].png == picture.png);
  }
  SECTION("no pictures, no trouble") { CHECK(draw({}).empty()); }
}

TEST_CASE("Legends of long names go on in the next line, and lose nothing") {
  Chart chart;
  for (const char* name : {"a", "b",
                           "a-model-with-a-very-long-name-indeed, factors 100, weight_decay "
                           "0.0001, batch 5000, lr 0.001"}) {
    Series series;
    series.name = name;
    chart.series.push_back(series);
  }
  const Frame frame = frame_of(chart);
  REQUIRE(frame.legend.size() >= 4);
  CHECK(frame.legend[0].y == frame.legend[1].y);
  CHECK(frame.legend[2].y > frame.legend[1].y);
  CHECK_FALSE(frame.legend[3].first);
  CHECK(frame.height > frame.legend.back().y);
  std::string all;
  for (std::size_t n = 2; n < frame.legend.size(); ++n) all += frame.legend[n].text + " ";
  CHECK(all == chart.series[2].name + " ");
}
