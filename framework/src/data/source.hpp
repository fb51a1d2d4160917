// A delimited file, opened: its text, and where the wanted columns are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cofi/delimited.hpp"

#include "data/fields.hpp"
#include "data/row_parser.hpp"

namespace cofi::data {

// The text of a file behind its byte-order mark, with its header read.
class Source {
 public:
  Source(const FileBytes& file, const DelimitedFormat& format,
         const std::vector<std::string>& columns);

  std::string_view text() const { return text_; }
  std::size_t body() const { return body_; }  // where the lines behind the header begin
  const FieldSplitter& splitter() const { return splitter_; }
  const Layout& layout() const { return layout_; }

  const std::string& name() const { return name_; }

  // "file:line" of the line that begins at `at`, and an Error about it.
  std::string place(std::size_t at) const;
  Error malformed(std::size_t at, const std::string& problem) const;

 private:
  std::string name_;
  std::string_view text_;
  std::size_t body_ = 0;
  FieldSplitter splitter_;
  Layout layout_;
};

}  // namespace cofi::data
