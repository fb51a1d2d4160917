// Data as one file of columns that is mapped, not read.
#pragma once

#include <cstdint>
#include <string>

#include "cofi/data.hpp"
#include "cofi/parallel.hpp"

namespace cofi::data {

// About the size of the file that write_columns makes, and never more than it.
COFI_API std::uint64_t least_columns_size(const Data& data);

// Writes the interactions, vocabularies, scale, feedback, titles, tags and expected values: to a
// temporary name beside path, synced, renamed. An Error where that fails; nothing is left then.
// Returns the file's size.
COFI_API std::uint64_t write_columns(const Data& data, const std::string& path,
                                     const ThreadPool& pool);

// Reads such a file; columns are views into the mapped file. All of it is checked against its
// checksums, by all threads: an Error says what is damaged. sources, counts and note stay empty.
COFI_API Data read_columns_file(const std::string& path, const ThreadPool& pool);

}  // namespace cofi::data
