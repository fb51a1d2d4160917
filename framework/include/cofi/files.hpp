// Finding and reading files: in folders, memory-mapped, or straight inside a .zip.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

// Where relative paths of a spec are looked for, in order: beside the spec, in $COFI_DATA, in
// ./data.
struct COFI_API SearchPath {
  std::vector<std::string> folders;
  // The first that exists, itself or with .zip behind it, absolute; an Error that lists where it
  // looked otherwise.
  std::string find(const std::string& path) const;
};

// The bytes of a file, memory-mapped (or unpacked from an archive); an Error where unreadable.
class COFI_API FileBytes {
 public:
  static FileBytes open(const std::string& path);
  static FileBytes unpack(const std::string& archive, const std::string& member);

  const std::string& name() const { return name_; }  // "path" or "archive.zip:member"
  std::string_view bytes() const { return bytes_; }

 private:
  FileBytes(std::string name, std::shared_ptr<const void> owner, std::string_view bytes);

  std::string name_;
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

// Whether the bytes are those of a .zip (an .xlsx is one) or of what gzip compressed, not of text.
COFI_API bool is_packed(std::string_view bytes);

// The paths of the files in an archive (.zip and whatever else libarchive reads).
COFI_API std::vector<std::string> archive_members(const std::string& archive);

// The files of a folder, or of an archive as if it were unpacked: at the top and one level down,
// since archives mostly hold one folder. Paths are normal ("./d/a" is "d/a").
class COFI_API FileTree {
 public:
  explicit FileTree(const std::string& path);

  // Where a file of this name is: the path itself at the top, else all that are one level down.
  std::vector<std::string> find(const std::string& name) const;
  // Whether there is a file of exactly this path: "d/a" is not "a".
  bool has(const std::string& path) const;
  // The paths of all, sorted; an archive's also where they are deeper.
  std::vector<std::string> files() const;
  FileBytes open(const std::string& path) const;  // of files()

 private:
  struct File {
    std::string path;    // relative to path_, normal
    std::string member;  // what an archive calls it
  };
  // Where a path is among the files, or the end.
  std::vector<File>::const_iterator at(const std::string& path) const;

  std::string path_;
  bool archive_;
  std::vector<File> files_;  // sorted by path
};

// Writes a file whole or not at all: to a temporary name, synced, renamed over path.
COFI_API void write_file(const std::string& path, std::string_view bytes);

}  // namespace cofi
