#include "run/data_cache.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <utility>

#include "data/column_file.hpp"
#include "run/cache_entry.hpp"
#include "run/text.hpp"

namespace cofi::run {
namespace {

namespace fs = std::filesystem;

constexpr double kGigabyte = 1e9, kDefaultLimit = 10;
constexpr auto kAbandoned = std::chrono::hours(1);  // a temporary file of a process that died

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::string> contents_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// That it was used now. A folder that may only be read has no order of use.
void touch(const std::string& path) { (void)::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

void remove_quietly(const std::string& path) {
  std::error_code ignored;  // another process may have been faster, or the folder is not ours
  fs::remove(path, ignored);
}

}  // namespace

DataCache DataCache::standard() {
  double limit = kDefaultLimit;
  if (const std::string text = environment("COFI_CACHE_LIMIT"); !text.empty()) {
    char* end = nullptr;
    limit = std::strtod(text.c_str(), &end);
    if (*end != 0 || !(limit >= 0 && limit <= kGigabyte)) {
      throw Error("COFI_CACHE_LIMIT is '", text,
                  "'; allowed: a number of gigabytes of at least 0, as in COFI_CACHE_LIMIT=20");
    }
  }
  std::string folder = environment("COFI_CACHE");
  if (folder == "off") return DataCache("", 0);
  if (folder.empty()) {
    const std::string base = environment("XDG_CACHE_HOME"), home = environment("HOME");
    if (!base.empty() && base.front() == '/') {
      folder = base + "/cofi";
    } else if (!home.empty()) {
      folder = home + "/.cache/cofi";
    }
  }
  return DataCache(std::move(folder), static_cast<std::uint64_t>(limit * kGigabyte));
}

std::optional<CachedData> DataCache::find(const std::string& key, const SearchPath& paths,
                                          const ThreadPool& pool,
                                          std::vector<std::string>& notes) const {
  if (!on()) return std::nullopt;
  const std::optional<std::string> text = contents_of(index_path(key));
  if (!text) return std::nullopt;
  std::optional<CacheEntry> entry = CacheEntry::parse(*text);
  if (!entry) {
    notes.push_back("the cache's " + index_path(key) + " is damaged; the data is loaded again");
    remove_quietly(index_path(key));
    return std::nullopt;
  }
  bool renewed = false;
  const std::string data_file = data_path(entry->digest);
  std::error_code unreadable;
  if (!entry->holds(paths, settled_, renewed) || !fs::exists(data_file, unreadable)) {
    return std::nullopt;
  }
  CachedData found;
  try {
    found.data = data::read_columns_file(data_file, pool);
  } catch (const Error& error) {
    notes.push_back(std::string("the cache's ") + error.what() + "; the data is loaded again");
    remove_quietly(data_file);
    return std::nullopt;
  }
  touch(data_file);
  touch(index_path(key));
  if (renewed) {
    try {
      write_file(index_path(key), entry->text());
    } catch (const Error&) {  // the entry serves as it is, only slower
    }
  }
  found.data.note = std::move(entry->note);
  found.data.sources = std::move(entry->sources);
  found.data.counts = std::move(entry->counts);
  found.filters = std::move(entry->filters);
  found.digest = std::move(entry->digest);
  return found;
}

void DataCache::store(const std::string& key, const CachedData& loaded,
                      const data::FileTrace& trace, const ThreadPool& pool,
                      std::vector<std::string>& notes) const {
  if (!on() || data::least_columns_size(loaded.data) > limit_) return;
  try {
    std::optional<CacheEntry> entry = CacheEntry::of(loaded.data, trace, settled_);
    if (!entry) return;
    entry->digest = loaded.digest;
    entry->filters = loaded.filters;
    std::error_code problem;
    fs::create_directories(folder_, problem);
    if (problem) throw Error("cannot make ", folder_, ": ", problem.message());
    const std::string data_file = data_path(loaded.digest);
    if (!fs::exists(data_file, problem)) {
      if (data::write_columns(loaded.data, data_file, pool) > limit_) {
        remove_quietly(data_file);
        return;
      }
    }
    write_file(index_path(key), entry->text());
    touch(data_file);
    make_room(data_file);
  } catch (const std::exception& error) {
    notes.push_back(std::string("the loaded data is not cached: ") + error.what() +
                    " ($COFI_CACHE names another folder, or 'off')");
  }
}

void DataCache::make_room(const std::string& newest) const {
  struct Kept {
    fs::file_time_type used;
    std::uint64_t size;
    std::string path;
  };
  std::vector<Kept> all;
  std::uint64_t total = 0;
  std::error_code gone;  // files may go while we look
  std::vector<std::string> indexes;
  for (const fs::directory_entry& each : fs::directory_iterator(folder_, gone)) {
    const std::string path = each.path().string();
    const fs::file_time_type used = each.last_write_time(gone);
    if (gone) continue;
    if (path.find(".tmp-") != std::string::npos) {
      if (fs::file_time_type::clock::now() - used > kAbandoned) remove_quietly(path);
    } else if (each.path().extension() == ".columns") {
      const std::uint64_t size = each.file_size(gone);
      if (gone) continue;
      all.push_back({used, size, path});
      total += size;
    } else if (each.path().extension() == ".json") {
      indexes.push_back(path);
    }
  }
  if (total <= limit_) return;
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& each : all) {
    if (total <= limit_) break;
    if (each.path == newest) continue;
    remove_quietly(each.path);
    total -= each.size;
  }
  for (const std::string& index : indexes) {
    const std::optional<std::string> text = contents_of(index);
    const std::optional<CacheEntry> entry = text ? CacheEntry::parse(*text) : std::nullopt;
    if (!entry || !fs::exists(data_path(entry->digest), gone)) remove_quietly(index);
  }
}

}  // namespace cofi::run
