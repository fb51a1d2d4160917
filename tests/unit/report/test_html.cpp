#include <catch2/catch.hpp>

#include "report/html.hpp"

using Catch::Contains;
using namespace cofi::report;

TEST_CASE("What comes from data cannot become markup") {
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  const std::string bad = "</script><img src=x onerror=alert(1)>\"'";
  HtmlTable table;
  table.caption = bad;
  table.columns = {{bad, false}};
  table.add_row({{bad, std::nullopt, bad}}, bad);
  for (const std::string& html :
       {to_html(table), yaml_html("a: " + bad), yaml_html("'" + bad), yaml_html("# " + bad),
        json_html(Json{{bad, {bad, Json{{"a", bad}}}}}), folded_html(bad, "")}) {
    CHECK_THAT(html, !Contains("<img") && !Contains("</script"));
  }
}

TEST_CASE("Tables") {
  HtmlTable table;
  table.caption = "Results";
  table.columns = {{"model", false}, {"models.svd.factors", true}};
  table.add_row({{"svd"}, {"0.5 ± 0.1", 0.512, "best"}}, "selected");
  const std::string html = to_html(table);
  SECTION("heads are buttons, numbers are sorted by what is not rounded") {
    CHECK_THAT(html, Contains("<th scope=\"col\"><button type=\"button\">model</button></th>"));
    CHECK_THAT(html, Contains("<tr class=\"selected\"><th scope=\"row\">svd</th>"
                              "<td class=\"best number\" data-number=\"0.512\">0.5 ± 0.1</td>"));
  }
  SECTION("long paths may break behind their dots") {
    CHECK_THAT(html, Contains("models.<wbr>svd.<wbr>factors"));
  }
}

TEST_CASE("YAML in colours") {
  SECTION("keys, texts, numbers and comments, also inside braces") {
    CHECK(
        yaml_html("a.b: {use: svd, lr: 1e-3}  # why") ==
        "<pre class=\"yaml\"><span class=\"y-key\">a.b</span>: {<span class=\"y-key\">use</span>: "
        "svd, <span class=\"y-key\">lr</span>: <span class=\"y-number\">1e-3</span>}  "
        "<span class=\"y-note\"># why</span></pre>\n");
  }
  SECTION("a quoted text is one, whatever is in it") {
    CHECK_THAT(yaml_html("s: \"a: {1} # \\\" b\""),
               Contains("<span class=\"y-text\">&quot;a: {1} # \\&quot; b&quot;</span>"));
  }
}

TEST_CASE("JSON as a list of terms") {
  const Json json = Json::parse(
      R"({"wall_seconds": 33.40829, "machine": {"gpu": "", "threads": 2}, "seeds": [0, 1],
          "data": [{"note": "x"}], "none": [], "changed": true})");
  const std::string html = json_html(json);
  CHECK_THAT(html, Contains("<dt>wall seconds</dt><dd>33.4083</dd>"));
  CHECK_THAT(html, Contains("<dt>machine</dt><dd><dl><div><dt>gpu</dt><dd><i>none</i></dd>"));
  CHECK_THAT(html, Contains("<dt>seeds</dt><dd>0, 1</dd>"));
  CHECK_THAT(html, Contains("<dt>data</dt><dd><ul><li><dl><div><dt>note</dt><dd>x</dd>"));
  CHECK_THAT(html, Contains("<dt>changed</dt><dd>yes</dd>"));
}
