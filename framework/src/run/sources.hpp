// The datasets of a run: each is loaded once and serves all cells.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/files.hpp"
#include "cofi/parallel.hpp"

#include "plugin/registry.hpp"
#include "run/data_cache.hpp"
#include "run/ranks.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// A loaded and filtered dataset.
struct Source : CachedData {
  double seconds = 0;              // to load it
  bool from_cache = false;         // it was kept from an earlier run
  std::vector<std::string> notes;  // what is wrong with the cache
};

class Sources {
 public:
  // One rank of each machine loads a dataset from its files, the others from the cache that it has
  // left, whose pages they share.
  Sources(const plugin::Registry& registry, const SearchPath& paths, const ThreadPool& pool,
          const Ranks& ranks)
      : registry_(registry),
        paths_(paths),
        pool_(pool),
        ranks_(ranks),
        cache_(DataCache::standard()) {}

  // The row's dataset; the same object for rows whose data is the same.
  std::shared_ptr<const Source> load(const spec::Row& row);

 private:
  // Loads, filters, and keeps the result in the cache.
  void load_files(const spec::Row& row, const std::string& place, const std::string& key,
                  Source& source) const;
  std::string cache_key(const spec::Row& row) const;

  const plugin::Registry& registry_;
  const SearchPath& paths_;
  const ThreadPool& pool_;
  const Ranks& ranks_;
  DataCache cache_;
  std::map<std::string, std::shared_ptr<const Source>> by_spec_, by_digest_;
};

// Where a spec's relative paths are looked for: beside it, in $COFI_DATA, in ./data.
SearchPath search_path(const std::string& folder);

// One line on a dataset's shape: "100,004 ratings of 671 users and 9,066 items ...".
std::string shape_of(const Data& data);

}  // namespace cofi::run
