#include "data/source.hpp"

namespace cofi::data {

Source::Source(const FileBytes& file, const DelimitedFormat& format,
               const std::vector<std::string>& columns)
    : name_(file.name()), text_(file.bytes()), splitter_(format.separator, format.quotes) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text_.substr(0, kMark.size()) == kMark) text_.remove_prefix(kMark.size());
  if (text_.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw Error(name_, ": no interactions: the file is empty");
  }
  if (!format.header) {
    layout_ = place_columns(columns, nullptr, name_);
    return;
  }
  std::size_t at = 0;
  std::string_view line;
  do {
    at = body_;
    line = next_line(text_, body_);
  } while (is_passed_over(line, format.comment) && body_ < text_.size());
  std::vector<std::string_view> names;
  std::string scratch;
  if (const char* wrong = splitter_.split(line, names, scratch)) {
    throw malformed(at, std::string("the header has ") + wrong);
  }
  layout_ = place_columns(columns, &names, place(at));
}

std::string Source::place(std::size_t at) const {
  return name_ + ":" + std::to_string(line_number(text_, at));
}

Error Source::malformed(std::size_t at, const std::string& problem) const {
  return Error(place(at), ": ", problem);
}

}  // namespace cofi::data
