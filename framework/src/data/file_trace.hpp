// What a load looked at on the disk: enough to tell later whether it would read the same again.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cofi/error.hpp"

namespace cofi::data {

// A file's state as the file system tells it. Every way of changing a file's bytes moves `changed`
// (ctime) to the clock's time, which no program can set: copying times with touch or cp moves it
// too. So the same stamp means the same bytes, but for a change within the clock's granularity of
// an earlier one; was_settled() tells when that cannot be.
struct COFI_API FileStamp {
  std::int64_t size = -1;                  // -1: there is no such file
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970
  std::uint64_t inode = 0, device = 0;

  static FileStamp of(const std::string& path);
  // Whether the file last changed more than `seconds` before `time` (nanoseconds since 1970).
  bool was_settled(std::int64_t time, double seconds) const;
  bool operator==(const FileStamp& other) const;
};

// Records what SearchPath, FileTree, FileBytes and archives are asked for in this process, from its
// construction to its destruction. One at a time records: the innermost.
class COFI_API FileTrace {
 public:
  FileTrace();
  ~FileTrace();
  FileTrace(const FileTrace&) = delete;
  FileTrace& operator=(const FileTrace&) = delete;

  const std::map<std::string, std::string>& finds() const { return finds_; }
  const std::map<std::string, std::string>& listings() const { return listings_; }
  const std::map<std::string, FileStamp>& files() const { return files_; }
  std::int64_t started() const { return started_; }  // nanoseconds since 1970

  // What was asked of a SearchPath and what it found; empty where nothing.
  static void find(const std::string& asked, const std::string& found);
  // A folder's files, a line each.
  static void listing(const std::string& folder, const std::string& files);
  static void opened(const std::string& file);  // before its bytes are read

 private:
  std::map<std::string, std::string> finds_, listings_;
  std::map<std::string, FileStamp> files_;
  std::int64_t started_;
  FileTrace* outer_;
};

std::int64_t now_nanoseconds();  // since 1970

}  // namespace cofi::data
