#include "run/checkpoint.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "run/digest.hpp"

namespace cofi::run {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFolder = "checkpoints/";
constexpr const char* kShards = "cofi.shards";  // digests of those behind the first, in order

std::string digest(const std::vector<char>& bytes) {
  return digest_of_text({bytes.data(), bytes.size()}).substr(0, 16);
}

}  // namespace

Checkpoint::Checkpoint(const Folder& folder, const std::string& name)
    : folder_(folder), name_(name), file_(kFolder + name + ".pt") {}

std::string Checkpoint::shard(const std::string& digest) const {
  return kFolder + name_ + "-" + digest + ".shard";
}

std::vector<std::string> Checkpoint::files() const {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder_.at(kFolder), none)) {
    const std::string file = kFolder + entry.path().filename().string();
    if (file == file_ || file.rfind(kFolder + name_ + "-", 0) == 0) files.push_back(file);
  }
  return files;
}

void Checkpoint::remove_shards(const std::vector<std::string>& but) const {
  for (const std::string& file : files()) {
    if (file != file_ && std::count(but.begin(), but.end(), file) == 0) folder_.remove_own(file);
  }
}

void Checkpoint::write(const Archive& archive) const {
  const Ranks& ranks = folder_.ranks();
  const int rank = ranks.place().rank;
  Archive own = archive.shard(rank, ranks.place().size);
  std::string mine;
  if (rank > 0) {
    // Named by what it says: it takes no other checkpoint's place.
    const std::vector<char> bytes = own.bytes();
    mine = digest(bytes);
    folder_.write_own(shard(mine), {bytes.data(), bytes.size()});
  }
  std::vector<std::string> digests = ranks.all(mine);
  digests.erase(digests.begin());
  own(kShards, digests);
  folder_.write(file_, own);
  ranks.wait();
  std::vector<std::string> shards;
  for (const std::string& each : digests) shards.push_back(shard(each));
  remove_shards(shards);
}

Archive Checkpoint::read() const {
  try {
    return joined();
  } catch (const Error& error) {
    throw FolderError(error.what());  // no failure of the fit, which would forget it
  }
}

Archive Checkpoint::joined() const {
  const Ranks& ranks = folder_.ranks();
  std::vector<Archive> shards{folder_.read(file_)};
  std::vector<std::string> digests;
  shards.front()(kShards, digests);
  for (const std::string& each : digests) {
    const std::string file = shard(each);
    std::error_code none;
    const bool mine = fs::exists(folder_.at(file), none);
    const std::vector<std::string> there = ranks.all(mine ? "yes" : "no");
    const auto first = std::find(there.begin(), there.end(), "yes");
    if (first == there.end()) {
      throw Error("the checkpoint ", folder_.at(file_), " needs ", folder_.at(file),
                  ", and no rank has it; start on the machines that wrote it, with --out on ",
                  "storage that all of them see, or remove the checkpoint to train anew");
    }
    const int rank = static_cast<int>(first - there.begin());
    std::vector<char> bytes;
    if (rank == ranks.place().rank) bytes = folder_.read_own(file);
    bytes = ranks.from(rank, std::move(bytes));
    if (digest(bytes) != each) {
      throw Error(folder_.at(file), " is damaged; remove ", folder_.at(file_), " to train anew");
    }
    shards.push_back(Archive::parse(bytes, folder_.at(file)));
  }
  return Archive::joined(shards);
}

void Checkpoint::remove() const {
  folder_.remove(file_);
  folder_.ranks().wait();  // what names shards goes before them
  remove_shards({});
}

}  // namespace cofi::run
