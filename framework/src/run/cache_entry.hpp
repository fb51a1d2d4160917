// What a cache remembers of one way of loading data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cofi/files.hpp"

#include "data/file_trace.hpp"
#include "run/filters.hpp"

namespace cofi::run {

struct CacheEntry {
  struct File {
    data::FileStamp stamp;
    std::string sha256;
  };
  std::map<std::string, std::string> finds, listings;  // as FileTrace has them
  std::map<std::string, File> files;
  std::string digest;  // of the data
  std::string note;
  std::vector<std::string> sources;
  std::vector<std::pair<std::string, std::int64_t>> counts;
  std::vector<FilterReport> filters;

  // JSON, with a checksum of itself.
  std::string text() const;
  // Nothing where the text is not as text() wrote it.
  static std::optional<CacheEntry> parse(const std::string& text);

  // The entry of a load; nothing where it read no file, or one that may have changed meanwhile. An
  // Error where a name is not UTF-8.
  static std::optional<CacheEntry> of(const Data& data, const data::FileTrace& trace,
                                      double settled);

  // Whether a load would find and read the same again. Renews the stamps of files whose SHA-256 is
  // the same though the stamp is not; `renewed` says so.
  bool holds(const SearchPath& paths, double settled, bool& renewed);
};

}  // namespace cofi::run
