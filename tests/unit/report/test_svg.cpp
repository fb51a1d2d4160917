#include <catch2/catch.hpp>

#include "report/palette.hpp"
#include "report/svg.hpp"

using Catch::Contains;
using namespace cofi::report;

TEST_CASE("gnuplot's SVG becomes a part of a page") {
  const std::string drawn =
      "<?xml version=\"1.0\"?>\n<svg \n width=\"420\" height=\"300\"\n viewBox=\"0 0 420 300\"\n>\n"
      "<title>Gnuplot</title>\n<desc>Produced by GNUPLOT</desc>\n<g id=\"gnuplot_canvas\">\n"
      "<circle id='gpPt5'/>\n"
      "<g fill=\"none\" color=\"black\">\n</g>\n"
      "<path stroke='rgb(  0, 114, 178)'  d='M0,0'/><polygon fill = 'rgb(  1,   2,   3)'/>\n"
      "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'1')\" "
      "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n"
      "<use xlink:href='#gpPt5'/></g>\n</g>\n</svg>\n";
  const std::string svg = themed_svg(drawn, "loss", "Loss & more", {"first", "a < b"});
  SECTION("an element with words for those who do not see it") {
    CHECK(svg.find("<svg xmlns=") == 0);
    CHECK_THAT(svg, Contains("role=\"img\" aria-label=\"Loss &amp; more\"") &&
                        Contains("viewBox=\"0 0 420 300\""));
    CHECK_THAT(svg, !Contains("GNUPLOT") && !Contains("Gnuplot") && !Contains("<?xml"));
  }
  SECTION("colours of the palette follow the theme, others stay") {
    REQUIRE(ink_rgb(curve_ink(0)) == 0x0072b2);
    CHECK_THAT(svg, Contains("<path stroke=\"#0072b2\" class=\"s5\"") &&
                        Contains("<polygon fill=\"#010203\"/>"));
  }
  SECTION("tips are texts, not scripts") {
    CHECK_THAT(svg, Contains("<g><title>a &lt; b</title>") && !Contains("onmouse"));
  }
  SECTION("ids are the picture's own") {
    CHECK_THAT(svg, Contains("id='loss-gpPt5'") && Contains("href='#loss-gpPt5'"));
  }
  SECTION("alone it brings its colours and its paper") {
    const std::string file = standalone_svg(svg);
    CHECK_THAT(file, Contains("<style>:root{--ink0:") && Contains("prefers-color-scheme:dark") &&
                         Contains("<rect width=\"100%\""));
  }
}
