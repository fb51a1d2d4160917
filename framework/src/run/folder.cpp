#include "run/folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "cofi/files.hpp"

namespace cofi::run {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFiles[] = {
    "spec.yaml",   "manifest.json", "results.csv",  "results.json",    "results.md",
    "results.tex", "folds.csv",     "history.csv",  "comparisons.csv", "comparisons.md",
    "models",      "checkpoints",   "per_user",     "lists",           "report.html",
    "pictures",    "strata.csv",    "per_user.csv", "cofi.db-wal",     "cofi.db-shm",
    "cofi.db"};

}  // namespace

FolderError::~FolderError() = default;

std::optional<std::string> journal_at_rest(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const int held = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (held < 0) return std::nullopt;
  std::optional<std::string> bytes;
  std::error_code absent;
  const auto something = [&](const std::string& file) {
    return fs::exists(file, absent) && fs::file_size(file, absent) > 0;
  };
  // As long as this is held no run begins (Folder).
  if (::flock(held, LOCK_SH | LOCK_NB) == 0 && something(path) && !something(path + "-wal") &&
      !something(path + "-journal")) {
    std::ifstream file(path, std::ios::binary);
    if (file) bytes.emplace(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  ::close(held);
  return bytes;
}

Folder::Folder(const std::string& path, bool child, const Ranks& ranks)
    : path_(path), ranks_(ranks) {
  if (!ranks_.leads()) return;
  std::error_code failure;
  created_ = fs::create_directories(path_, failure);
  if (failure) {
    throw FolderError("cannot create the run's folder ", path_, ": ", failure.message(),
                      "; choose another with --out");
  }
  if (child) return;
  if (!exists("cofi.db")) {
    for (const char* name : kFiles) {
      if (!exists(name)) continue;
      throw FolderError(path_, " holds a '", name,
                        "' that is not of a run and would be overwritten; choose another folder "
                        "with --out");
    }
  }
  // flock on the folder itself: released by the kernel however the process ends, and no file that
  // could be left behind.
  held_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (held_ < 0) throw FolderError("cannot open ", path_, ": ", std::strerror(errno));
  if (::flock(held_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(held_);
    if (reason == EWOULDBLOCK) {
      throw FolderError("another run is working in ", path_,
                        "; wait for it to end, or choose another folder with --out");
    }
    throw FolderError("cannot lock ", path_, ": ", std::strerror(reason));
  }
}

Folder::~Folder() {
  if (held_ >= 0) ::close(held_);
  if (!created_) return;
  std::error_code not_empty;
  fs::remove(at("checkpoints"), not_empty);
  fs::remove(path_, not_empty);
}

bool Folder::exists(const std::string& name) const {
  std::error_code unreadable;
  return fs::exists(at(name), unreadable);
}

bool Folder::has(const std::string& name) const {
  return ranks_.any(ranks_.leads() && exists(name));
}

Archive Folder::read(const std::string& name, c10::Device device) const {
  std::vector<char> bytes;
  if (ranks_.leads()) bytes = read_own(name);
  return Archive::parse(ranks_.from_leader(std::move(bytes)), at(name), device);
}

void Folder::write(const std::string& name, std::string_view bytes) const {
  if (ranks_.leads()) write_own(name, bytes);
}

void Folder::write(const std::string& name, const Archive& archive) const {
  if (!ranks_.leads()) return;
  const std::vector<char> bytes = archive.bytes();
  write_own(name, {bytes.data(), bytes.size()});
}

void Folder::remove(const std::string& name) const {
  if (ranks_.leads()) remove_own(name);
}

std::vector<char> Folder::read_own(const std::string& name) const {
  std::ifstream file(at(name), std::ios::binary);
  if (!file) throw Error("cannot open ", at(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

void Folder::write_own(const std::string& name, std::string_view bytes) const {
  std::error_code failure;
  created_ = created_ || !fs::exists(path_, failure);
  fs::create_directories(fs::path(at(name)).parent_path(), failure);
  if (failure) throw FolderError("cannot create the folder of ", at(name), ": ", failure.message());
  try {
    write_file(at(name), bytes);
  } catch (const Error& error) {
    throw FolderError(error.what());
  }
}

void Folder::remove_own(const std::string& name) const {
  std::error_code failure;
  fs::remove_all(at(name), failure);
  // Another rank may remove it at the same time.
  if (failure && failure != std::errc::no_such_file_or_directory)
    throw FolderError("cannot remove ", at(name), ": ", failure.message());
}

void Folder::clear() const {
  for (const char* name : kFiles) remove(name);
}

}  // namespace cofi::run
