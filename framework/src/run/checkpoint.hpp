// What a fit goes on from: its checkpoint in the run's folder, of which each rank of a world writes
// a shard.
#pragma once

#include <string>
#include <vector>

#include "cofi/archive.hpp"

#include "run/folder.hpp"

namespace cofi::run {

// The checkpoint is the leader's shard, which names the others. It is written last, once those are
// on disk, and by a rename: there is a whole checkpoint, this one or the one before. Any number of
// ranks reads it, each shard through whichever of them finds it in its folder. Every rank of a
// world calls the same.
class COFI_API Checkpoint {
 public:
  // `name`: of the fit, as a file's.
  Checkpoint(const Folder& folder, const std::string& name);

  bool exists() const { return folder_.has(file_); }
  void write(const Archive& archive) const;
  // A FolderError where it cannot be read, or a shard is missing or damaged: it stays.
  Archive read() const;
  void remove() const;
  // Those of its files that this rank's folder has.
  std::vector<std::string> files() const;

 private:
  Archive joined() const;
  std::string shard(const std::string& digest) const;
  // The shards in this rank's folder but for these.
  void remove_shards(const std::vector<std::string>& but) const;

  const Folder& folder_;
  std::string name_, file_;
};

}  // namespace cofi::run
