#include "cofi/files.hpp"

#include <archive.h>

#include <archive_entry.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "data/file_trace.hpp"

namespace cofi {
namespace fs = std::filesystem;

std::string SearchPath::find(const std::string& path) const {
  std::vector<fs::path> candidates;
  if (fs::path(path).is_absolute()) {
    candidates.emplace_back(path);
  } else {
    for (const std::string& folder : folders) candidates.push_back(fs::path(folder) / path);
  }
  std::string looked;
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;  // an unreadable folder is one where it is not
    for (const char* packed : {"", ".zip"}) {
      const fs::path there = candidate.string() + packed;
      if (!fs::exists(there, ignored)) continue;
      const std::string found = fs::absolute(there).lexically_normal().string();
      data::FileTrace::find(path, found);
      return found;
    }
    looked += "\n  " + candidate.string() + " (or .zip)";
  }
  data::FileTrace::find(path, "");
  throw Error("no file or folder '", path, "'; looked for", looked);
}

FileBytes::FileBytes(std::string name, std::shared_ptr<const void> owner, std::string_view bytes)
    : name_(std::move(name)), owner_(std::move(owner)), bytes_(bytes) {}

FileBytes FileBytes::open(const std::string& path) {
  data::FileTrace::opened(path);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw Error("cannot open ", path, ": ", std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(file, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(file);
    throw Error("cannot read ", path, ": not a regular file");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) {
    ::close(file);
    return {path, nullptr, {}};
  }
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int failure = errno;
  ::close(file);
  if (mapped == MAP_FAILED) throw Error("cannot map ", path, ": ", std::strerror(failure));
  ::madvise(mapped, size, MADV_SEQUENTIAL);
  std::shared_ptr<const void> owner(mapped, [size](void* start) { ::munmap(start, size); });
  return {path, std::move(owner), {static_cast<const char*>(mapped), size}};
}

namespace {

using ArchiveReader = std::unique_ptr<archive, int (*)(archive*)>;

ArchiveReader open_archive(const std::string& path) {
  data::FileTrace::opened(path);
  ArchiveReader reader(archive_read_new(), archive_read_free);
  archive_read_support_format_all(reader.get());
  archive_read_support_filter_all(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) {
    throw Error("cannot read ", path, " as an archive: ", archive_error_string(reader.get()));
  }
  return reader;
}

// The next entry, or null at the end.
archive_entry* next_entry(archive* reader, const std::string& path) {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(reader, &entry);
  if (result == ARCHIVE_EOF) return nullptr;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
    throw Error("cannot read ", path, ": ", archive_error_string(reader), "; is it whole?");
  }
  return entry;
}

}  // namespace

bool is_packed(std::string_view bytes) {
  return bytes.substr(0, 4) == "PK\x03\x04" || bytes.substr(0, 2) == "\x1f\x8b";
}

std::vector<std::string> archive_members(const std::string& path) {
  const ArchiveReader reader = open_archive(path);
  std::vector<std::string> members;
  while (archive_entry* entry = next_entry(reader.get(), path)) {
    const char* name = archive_entry_pathname(entry);
    if (name != nullptr && archive_entry_filetype(entry) == AE_IFREG) members.emplace_back(name);
  }
  return members;
}

FileBytes FileBytes::unpack(const std::string& path, const std::string& member) {
  const ArchiveReader reader = open_archive(path);
  while (archive_entry* entry = next_entry(reader.get(), path)) {
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || member != name) continue;
    auto text = std::make_shared<std::string>();
    if (archive_entry_size_is_set(entry)) {
      text->reserve(static_cast<std::size_t>(archive_entry_size(entry)));
    }
    std::vector<char> buffer(1 << 16);
    while (true) {
      const la_ssize_t got = archive_read_data(reader.get(), buffer.data(), buffer.size());
      if (got < 0) {
        throw Error("cannot read ", path, ":", member, ": ", archive_error_string(reader.get()),
                    "; is the archive whole?");
      }
      if (got == 0) break;
      text->append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::string_view bytes = *text;
    return {path + ":" + member, std::move(text), bytes};
  }
  throw Error(path, " has no member '", member, "'");
}

void write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
  const auto fail = [&](const char* what) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    return Error("cannot ", what, " ", path, ": ", reason);
  };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) throw fail("write");
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const int reason = errno;
      ::close(file);
      errno = reason;
      throw fail("write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(file) != 0) {
    const int reason = errno;
    ::close(file);
    errno = reason;
    throw fail("sync");
  }
  if (::close(file) != 0) throw fail("close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw fail("rename onto");
  // The rename itself reaches the disk with the folder.
  const std::string folder = fs::path(path).parent_path().string();
  const int place = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (place >= 0) {
    ::fsync(place);
    ::close(place);
  }
}

}  // namespace cofi
