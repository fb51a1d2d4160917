// A run's folder: who holds it, and how files get into it.
#pragma once

#include <string>
#include <string_view>

#include "cofi/archive.hpp"
#include "cofi/error.hpp"

namespace cofi::run {

// The folder cannot take what belongs in it (disk full, no permission, ...). Ends the run, not just
// the cell that was under way: the ones after it would meet the same.
class COFI_API FolderError final : public Error {
 public:
  using Error::Error;
  FolderError(const FolderError&) = default;
  FolderError& operator=(const FolderError&) = default;
  ~FolderError() override;
};

class COFI_API Folder {
 public:
  // Creates the folder where it is missing and holds it until the end of the process, so that two
  // runs cannot share it; an Error where another one holds it, or where it holds files of other
  // origin that a run would overwrite. A child of the run that holds it does not ask again.
  Folder(const std::string& path, bool child);
  ~Folder();  // leaves no empty folder behind
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  bool has(const std::string& name) const;

  // Whole or not at all; folders on the way are created.
  void write(const std::string& name, std::string_view bytes) const;
  void write(const std::string& name, const Archive& archive) const;
  void remove(const std::string& name) const;
  // Removes what an earlier run left, and nothing else.
  void clear() const;

 private:
  void create_parent(const std::string& name) const;

  std::string path_;
  int held_ = -1;  // the locked folder's descriptor
  bool created_ = false;
};

}  // namespace cofi::run
