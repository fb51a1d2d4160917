// A run's folder: who holds it, and how files get into it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/error.hpp"

#include "run/ranks.hpp"

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

// In a world of several ranks it is the leader's: the others ask it for what is there, and what
// they would write it writes. Every rank calls the same. What a rank has in its own folder, which
// may be on another machine, is apart (own).
class COFI_API Folder {
 public:
  // Creates the folder where it is missing and holds it until the end of the process, so that two
  // runs cannot share it; an Error where another one holds it, or where it holds files of other
  // origin that a run would overwrite. A child of the run that holds it does not ask again.
  Folder(const std::string& path, bool child, const Ranks& ranks = Ranks::alone());
  ~Folder();  // leaves no empty folder behind that it created
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  const Ranks& ranks() const { return ranks_; }
  bool has(const std::string& name) const;
  Archive read(const std::string& name, c10::Device device = c10::kCPU) const;

  // Whole or not at all; folders on the way are created.
  void write(const std::string& name, std::string_view bytes) const;
  void write(const std::string& name, const Archive& archive) const;
  void remove(const std::string& name) const;
  // Removes what an earlier run left, and nothing else.
  void clear() const;

  std::vector<char> read_own(const std::string& name) const;
  void write_own(const std::string& name, std::string_view bytes) const;
  void remove_own(const std::string& name) const;

 private:
  bool exists(const std::string& name) const;

  std::string path_;
  const Ranks& ranks_;
  int held_ = -1;  // the locked folder's descriptor
  mutable bool created_ = false;
};

// The bytes of the journal at `path` where the file alone holds all of it: no run is at work in its
// folder, and none died there with changes beside the file. Nothing otherwise.
COFI_API std::optional<std::string> journal_at_rest(const std::string& path);

}  // namespace cofi::run
