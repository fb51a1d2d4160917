// Reading interactions from delimited text: one line an interaction, parsed by all threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"

namespace cofi {

// How to read a line. A column is a name of the header, or a 1-based number ("3").
struct DelimitedFormat {
  std::string separator = ",";  // one or more characters ("\t", "::"); " " is any run of blanks
  bool header = true;           // the first line names the columns
  std::string user = "1", item = "2";
  std::string value = "3";  // "" where every value is 1 (implicit data)
  std::string time = "";    // "" where there are no timestamps
  bool quotes = true;       // fields may stand in "double quotes", "" inside being one quote
  bool skip_malformed = false;        // count a malformed line instead of failing
  std::string duplicates = "last";    // error | first | last | mean | keep
};

// Reads one file into rows in file order and vocabularies in order of first appearance, whatever
// the number of threads. A byte-order mark, CRLF and a last line without its end are understood.
// An Error names file:line, what stands there and what was expected. counts gets "lines",
// "skipped_lines" and "duplicates"; times stay empty without a time column.
COFI_API Data read_delimited(const FileBytes& file, const DelimitedFormat& format,
                             const ThreadPool& pool);

// Applies a `duplicates` rule to pairs of the same user and item; returns how many rows it
// concerned (rows beyond the first of each pair). `error` names the first such pair.
COFI_API std::int64_t resolve_duplicates(Data& data, const std::string& rule,
                                         const ThreadPool& pool);

}  // namespace cofi
