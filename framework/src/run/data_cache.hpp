// Loaded and filtered data, kept on disk from run to run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"

#include "data/file_trace.hpp"
#include "run/filters.hpp"

namespace cofi::run {

// What a load yields.
struct CachedData {
  Data data;
  std::vector<FilterReport> filters;
  std::string digest;  // digest_of(data)
};

// Two kinds of files in one folder. <digest>.columns is data, named by its content: what is loaded
// in several ways (other seeds, another build) is there once. <key>.json says of one way of loading
// which files it looked for, found and read, with their stamps and SHA-256, and which data came of
// it. An entry holds where looking again finds the same files, and each has the stamp or else the
// SHA-256 that it had; files that changed within two seconds before a load, whose stamps cannot be
// trusted, are not entered. Several processes may use a folder at once: files appear whole, by
// renaming. What is wrong with the folder or an entry is only noted.
class COFI_API DataCache {
 public:
  static constexpr double kSettled = 2;  // seconds

  // folder: empty for no cache. limit: bytes, beyond which what was used longest ago goes.
  DataCache(std::string folder, std::uint64_t limit, double settled = kSettled)
      : folder_(std::move(folder)), limit_(limit), settled_(settled) {}
  // Where $COFI_CACHE says ("off" for none), else in $XDG_CACHE_HOME/cofi, else in ~/.cache/cofi;
  // $COFI_CACHE_LIMIT gigabytes, by default 10. An Error where that is no number.
  static DataCache standard();

  bool on() const { return !folder_.empty(); }
  // The data that was stored under the key, where it would be loaded the same again.
  std::optional<CachedData> find(const std::string& key, const SearchPath& paths,
                                 const ThreadPool& pool, std::vector<std::string>& notes) const;
  // trace: of the load. Data that came from no files is not stored.
  void store(const std::string& key, const CachedData& loaded, const data::FileTrace& trace,
             const ThreadPool& pool, std::vector<std::string>& notes) const;

 private:
  std::string index_path(const std::string& key) const { return folder_ + "/" + key + ".json"; }
  std::string data_path(const std::string& digest) const {
    return folder_ + "/" + digest + ".columns";
  }
  void make_room(const std::string& newest) const;

  std::string folder_;
  std::uint64_t limit_;
  double settled_;
};

}  // namespace cofi::run
