#include "run/cache_entry.hpp"

#include <filesystem>

#include "cofi/utf8.hpp"

#include "data/checksum.hpp"
#include "data/fields.hpp"
#include "run/digest.hpp"

namespace cofi::run {
namespace {

using Json = spec::Json;

Json json_of(const data::FileStamp& stamp) {
  return {stamp.size, stamp.modified, stamp.changed, stamp.inode, stamp.device};
}
data::FileStamp stamp_of(const Json& json) {
  return {json.at(0), json.at(1), json.at(2), json.at(3), json.at(4)};
}

FilterReport report_of(const Json& json) {
  const auto extent = [&](const char* name) {
    const Json& part = json.at(name);
    return data::Extent{part.at("interactions"), part.at("users"), part.at("items")};
  };
  FilterReport report;
  report.step = json.at("step");
  report.before = report.after = extent("left");
  const data::Extent removed = extent("removed");
  report.before.interactions += removed.interactions;
  report.before.users += removed.users;
  report.before.items += removed.items;
  return report;
}

// JSON has UTF-8 alone, and other bytes in their place would name another file.
void check_utf8(const std::string& name) {
  if (is_utf8(name)) return;
  throw Error("its files have a name that is not UTF-8, ", data::shown(name));
}
// The files of a folder, a line each.
void check_listing(const std::string& files) {
  for (std::size_t at = 0; at < files.size();) {
    check_utf8(std::string(data::next_line(files, at)));
  }
}

}  // namespace

std::string CacheEntry::text() const {
  Json json;
  json["finds"] = finds;
  json["listings"] = listings;
  json["files"] = Json::object();
  for (const auto& [path, file] : files) json["files"][path] = {json_of(file.stamp), file.sha256};
  json["digest"] = digest;
  json["note"] = note;
  json["sources"] = sources;
  json["counts"] = counts;
  json["filters"] = Json::array();
  for (const FilterReport& report : filters) json["filters"].push_back(report.json());
  const std::string body = json.dump();
  return std::to_string(data::checksum(body)) + "\n" + body + "\n";
}

std::optional<CacheEntry> CacheEntry::parse(const std::string& text) {
  const std::size_t line = text.find('\n');
  if (line == std::string::npos || text.back() != '\n') return std::nullopt;
  const std::string body = text.substr(line + 1, text.size() - line - 2);
  if (text.substr(0, line) != std::to_string(data::checksum(body))) return std::nullopt;
  const Json json = Json::parse(body);
  CacheEntry entry;
  json.at("finds").get_to(entry.finds);
  json.at("listings").get_to(entry.listings);
  for (const auto& [path, file] : json.at("files").items()) {
    entry.files[path] = {stamp_of(file.at(0)), file.at(1)};
  }
  json.at("digest").get_to(entry.digest);
  json.at("note").get_to(entry.note);
  json.at("sources").get_to(entry.sources);
  json.at("counts").get_to(entry.counts);
  for (const Json& report : json.at("filters")) entry.filters.push_back(report_of(report));
  return entry;
}

std::optional<CacheEntry> CacheEntry::of(const Data& data, const data::FileTrace& trace,
                                         double settled) {
  CacheEntry entry;
  entry.finds = trace.finds();
  entry.listings = trace.listings();
  entry.note = data.note;
  entry.sources = data.sources;
  entry.counts = data.counts;
  for (const auto& [asked, found] : entry.finds) check_utf8(found);
  for (const auto& [folder, files] : entry.listings) check_listing(files);
  for (const std::string& source : entry.sources) check_utf8(source);
  std::map<std::string, data::FileStamp> stamps = trace.files();
  for (const std::string& source : data.sources) {
    const std::string file = file_of_source(source);
    if (file.empty()) return std::nullopt;
    stamps.emplace(file, data::FileStamp::of(file));  // a plugin that opens files by itself
  }
  if (stamps.empty()) return std::nullopt;
  for (const auto& [file, stamp] : stamps) {
    if (!stamp.was_settled(trace.started(), settled)) return std::nullopt;
    entry.files[file] = {stamp, digest_of_file(file)};
    if (!(data::FileStamp::of(file) == stamp)) return std::nullopt;
  }
  return entry;
}

bool CacheEntry::holds(const SearchPath& paths, double settled, bool& renewed) {
  const data::FileTrace again;
  for (const auto& [asked, found] : finds) {
    try {
      (void)paths.find(asked);
    } catch (const Error&) {  // recorded as not found, which is what it may be
    }
  }
  for (const auto& [folder, list] : listings) {
    if (!std::filesystem::is_directory(folder)) return false;
    const FileTree tree(folder);
  }
  if (again.finds() != finds || again.listings() != listings) return false;
  for (auto& [path, file] : files) {
    const data::FileStamp stamp = data::FileStamp::of(path);
    if (stamp == file.stamp) {
      know_digest_of_file(path, stamp, file.sha256);
      continue;
    }
    if (stamp.size != file.stamp.size) return false;
    if (digest_of_file(path) != file.sha256) return false;
    if (!(data::FileStamp::of(path) == stamp)) return false;
    if (!stamp.was_settled(again.started(), settled)) continue;
    file.stamp = stamp;
    renewed = true;
  }
  return true;
}

}  // namespace cofi::run
