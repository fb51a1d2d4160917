#include "data/file_trace.hpp"

#include <ctime>
#include <mutex>
#include <sys/stat.h>

namespace cofi::data {
namespace {

constexpr std::int64_t kSecond = 1000000000;

std::mutex& trace_mutex() {
  static std::mutex mutex;
  return mutex;
}
FileTrace*& innermost() {
  static FileTrace* trace = nullptr;
  return trace;
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

}  // namespace

std::int64_t now_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

FileStamp FileStamp::of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim), status.st_ino,
          status.st_dev};
}

bool FileStamp::was_settled(std::int64_t time, double seconds) const {
  return size >= 0 && changed + static_cast<std::int64_t>(seconds * kSecond) < time;
}

bool FileStamp::operator==(const FileStamp& other) const {
  return size == other.size && modified == other.modified && changed == other.changed &&
         inode == other.inode && device == other.device;
}

FileTrace::FileTrace() : started_(now_nanoseconds()) {
  const std::lock_guard lock(trace_mutex());
  outer_ = innermost();
  innermost() = this;
}

FileTrace::~FileTrace() {
  const std::lock_guard lock(trace_mutex());
  innermost() = outer_;
}

void FileTrace::find(const std::string& asked, const std::string& found) {
  const std::lock_guard lock(trace_mutex());
  if (innermost() != nullptr) innermost()->finds_[asked] = found;
}

void FileTrace::listing(const std::string& folder, const std::string& files) {
  const std::lock_guard lock(trace_mutex());
  if (innermost() != nullptr) innermost()->listings_[folder] = files;
}

void FileTrace::opened(const std::string& file) {
  const std::lock_guard lock(trace_mutex());
  // The first stamp stays: a file that changes between two openings shows as changed later.
  if (innermost() != nullptr) innermost()->files_.emplace(file, FileStamp::of(file));
}

}  // namespace cofi::data
