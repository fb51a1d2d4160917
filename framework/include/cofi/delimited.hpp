// Reading interactions from delimited text: one line an interaction, parsed by all threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"

namespace cofi {

// What a column of times holds. A date is "2005-09-06" and means its first second in UTC.
enum class TimeUnit { kSeconds, kMilliseconds, kDate };

// How to read a line. A column is a name of the header, or a 1-based number ("3").
struct DelimitedFormat {
  std::string separator = ",";  // one or more characters ("\t", "::"); " " is any run of blanks
  bool header = true;           // the first line names the columns
  std::string user = "1", item = "2";
  std::string value = "3";  // "" where every value is 1 (implicit data)
  std::string time = "";    // "" where there are no timestamps
  TimeUnit time_unit = TimeUnit::kSeconds;
  bool quotes = true;           // fields may stand in "double quotes", "" inside being one quote
  bool latin1 = false;          // ids are in Latin-1 and become UTF-8
  std::string comment = "";     // lines that begin so are passed over; "" where there are none
  std::string section = "";     // a line that ends so names the items of the lines behind it (":"
                                // for "17:"), which have no column `item`; "" where there are none
  bool skip_malformed = false;  // count a malformed line instead of failing
  std::string duplicates = "last";   // error | first | last | mean | keep
  std::optional<RatingScale> scale;  // a value outside is malformed
  std::optional<float> unrated;      // a value, on the scale or not, that means "not rated": such
                                     // rows become the feedback set "unrated", of value 1
};

// Reads one file into rows in file order and vocabularies in order of first appearance, whatever
// the number of threads. A byte-order mark, CRLF, blank lines and a last line without its end are
// understood; blanks around unquoted fields are no part of them. Under a header every line has its
// number of fields, without one at least as many as are used. Values are finite, ids not empty,
// times whole numbers or dates. An Error names file:line, what stands there and what was expected:
// the first malformed line of the file. counts gets "lines", "skipped_lines" and "duplicates", and
// where the format has it "unrated"; times stay empty without a time column; the scale is the
// format's, else that of the values.
COFI_API Data read_delimited(const FileBytes& file, const DelimitedFormat& format,
                             const ThreadPool& pool);
// The rows of several files, one file's behind another's, each with a header of its own.
COFI_API Data read_delimited(const std::vector<FileBytes>& files, const DelimitedFormat& format,
                             const ThreadPool& pool);

// The fields of the given columns of each line, for small files (titles, ...); an Error names the
// first malformed line. Of the format, what names columns of interactions is not looked at.
COFI_API std::vector<std::vector<std::string>> read_columns(
    const FileBytes& file, const DelimitedFormat& format, const std::vector<std::string>& columns);

// Applies a `duplicates` rule to rows of the same user and item; returns how many rows there are
// beyond the first of each pair. "first" and "last" keep that row in table order, times or not;
// "mean" keeps the first with the mean of the values; "keep" keeps all; "error" names the first row
// (in table order) that repeats another.
COFI_API std::int64_t resolve_duplicates(Data& data, const std::string& rule,
                                         const ThreadPool& pool);

}  // namespace cofi
