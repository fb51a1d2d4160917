#include "report/svg.hpp"

#include <fmt/format.h>

#include <regex>

#include "report/html.hpp"
#include "report/palette.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

// The text with each match of the pattern replaced by what `with` makes of it.
template <class With>
std::string replaced_all(const std::string& text, const std::regex& pattern, With with) {
  std::string out;
  auto from = text.begin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    out.append(from, text.begin() + match->position());
    out += with(*match);
    from = text.begin() + match->position() + match->length();
  }
  return out.append(from, text.end());
}

std::string without(const std::string& text, const char* pattern) {
  return std::regex_replace(text, std::regex(pattern), "");
}

unsigned byte_of(const std::string& digits) { return static_cast<unsigned>(std::stoul(digits)); }

std::string with_classes(const std::string& svg) {
  static const std::regex pattern(
      R"re((stroke|fill|color) ?= ?['"]rgb\( *(\d+), *(\d+), *(\d+)\)['"])re");
  return replaced_all(svg, pattern, [](const std::smatch& match) {
    const unsigned rgb = byte_of(match[2]) << 16 | byte_of(match[3]) << 8 | byte_of(match[4]);
    const std::string attribute = match[1];
    const int ink = ink_of(rgb);
    const std::string plain = fmt::format("{}=\"#{:06x}\"", attribute, rgb);
    return ink < 0 ? plain : fmt::format("{} class=\"{}{}\"", plain, attribute[0], ink);
  });
}

std::string with_tips(const std::string& svg, const std::vector<std::string>& tips) {
  static const std::regex pattern(
      R"re(<g onmousemove="[^"]*?,'(\d+)'\)" onmouseout="[^"]*"><title> </title>)re");
  return replaced_all(svg, pattern, [&](const std::smatch& match) {
    return "<g><title>" + escaped(printable(tips.at(std::stoul(match[1])))) + "</title>";
  });
}

}  // namespace

std::string themed_svg(const std::string& from_gnuplot, const std::string& name,
                       const std::string& alt, const std::vector<std::string>& tips) {
  std::string svg = from_gnuplot.substr(from_gnuplot.find("<svg"));
  svg = with_tips(without(svg, R"(<title>(?! <)[^<]*</title>|<desc>[^<]*</desc>)"), tips);
  svg = with_classes(svg);
  // A line drawn in no colour of its own is of no use, and gnuplot opens a group for each.
  svg = without(svg, R"(<filter[\s\S]*?</filter>)");
  svg = without(svg, R"(<g fill="none" [^>]*>\s*</g>\n?)");
  svg = without(
      svg, R"( font-family="[^"]*"| font-size="[^"]*"| shape-rendering='crispEdges'|\n(?=\n))");
  svg = std::regex_replace(svg, std::regex("xlink:href"), "href");
  svg = std::regex_replace(svg, std::regex(R"((['#"])(gp(?:Dot|Pt\d+)|gnuplot_\w+))"),
                           "$1" + name + "-$2");
  static const std::regex head(R"re(<svg\s+width="(\d+)" height="(\d+)"[^>]*>)re");
  return std::regex_replace(
      svg, head,
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"img\" "
                  "aria-label=\"{}\" viewBox=\"0 0 $1 $2\" width=\"$1\" height=\"$2\">",
                  escaped(printable(alt))),
      std::regex_constants::format_first_only);
}

std::string standalone_svg(const std::string& themed) {
  const std::size_t behind_head = themed.find('>') + 1;
  return themed.substr(0, behind_head) + "\n<style>" + ink_css() +
         "svg{font:12px system-ui,sans-serif}</style>\n" +
         fmt::format("<rect width=\"100%\" height=\"100%\" fill=\"#{:06x}\" class=\"f{}\"/>",
                     ink_rgb(kPaperInk), int(kPaperInk)) +
         themed.substr(behind_head) + "\n";
}

}  // namespace cofi::report
