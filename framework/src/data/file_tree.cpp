#include <algorithm>
#include <filesystem>

#include "cofi/files.hpp"

#include "data/file_trace.hpp"

namespace cofi {
namespace fs = std::filesystem;

FileTree::FileTree(const std::string& path) : path_(path), archive_(!fs::is_directory(path)) {
  if (archive_) {
    files_ = archive_members(path);
  } else {
    // Folders that may not be read are as good as empty.
    constexpr auto kOptions = fs::directory_options::skip_permission_denied;
    for (auto at = fs::recursive_directory_iterator(path, kOptions); at != fs::end(at); ++at) {
      if (at.depth() == 1) at.disable_recursion_pending();
      if (at->is_regular_file()) files_.push_back(at->path().lexically_relative(path).string());
    }
  }
  std::sort(files_.begin(), files_.end());
  if (archive_) return;
  std::string listing;
  for (const std::string& file : files_) listing += file + "\n";
  data::FileTrace::listing(path, listing);
}

std::vector<std::string> FileTree::find(const std::string& name) const {
  if (std::binary_search(files_.begin(), files_.end(), name)) return {name};
  std::vector<std::string> found;
  for (const std::string& file : files_) {
    const fs::path folder = fs::path(file).parent_path();
    if (!folder.has_parent_path() && folder / name == file) found.push_back(file);
  }
  return found;
}

FileBytes FileTree::open(const std::string& found) const {
  return archive_ ? FileBytes::unpack(path_, found)
                  : FileBytes::open((fs::path(path_) / found).string());
}

}  // namespace cofi
