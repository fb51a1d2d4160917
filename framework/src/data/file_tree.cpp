#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cofi/files.hpp"

#include "data/file_trace.hpp"

namespace cofi {
namespace fs = std::filesystem;

FileTree::FileTree(const std::string& path) : path_(path), archive_(!fs::is_directory(path)) {
  if (archive_) {
    for (std::string& member : archive_members(path)) {
      std::string normal = fs::path(member).lexically_normal().string();
      files_.push_back({std::move(normal), std::move(member)});
    }
  } else {
    // Folders that may not be read are as good as empty.
    constexpr auto kOptions = fs::directory_options::skip_permission_denied;
    for (auto at = fs::recursive_directory_iterator(path, kOptions); at != fs::end(at); ++at) {
      if (at.depth() == 1) at.disable_recursion_pending();
      std::error_code unreachable;  // a link to nowhere or to itself is no file
      if (!at->is_regular_file(unreachable)) continue;
      files_.push_back({at->path().lexically_relative(path).string(), ""});
    }
  }
  std::stable_sort(files_.begin(), files_.end(),
                   [](const File& a, const File& b) { return a.path < b.path; });
  // An archive may hold a file twice; the first is what unpacking finds.
  files_.erase(std::unique(files_.begin(), files_.end(),
                           [](const File& a, const File& b) { return a.path == b.path; }),
               files_.end());
  if (archive_) return;
  std::string listing;
  for (const File& file : files_) listing += file.path + "\n";
  data::FileTrace::listing(path, listing);
}

std::vector<FileTree::File>::const_iterator FileTree::at(const std::string& path) const {
  const auto found =
      std::lower_bound(files_.begin(), files_.end(), path,
                       [](const File& file, const std::string& p) { return file.path < p; });
  return found != files_.end() && found->path == path ? found : files_.end();
}

std::vector<std::string> FileTree::find(const std::string& name) const {
  if (has(name)) return {name};
  std::vector<std::string> found;
  for (const File& file : files_) {
    const fs::path folder = fs::path(file.path).parent_path();
    if (!folder.has_parent_path() && folder / name == file.path) found.push_back(file.path);
  }
  return found;
}

bool FileTree::has(const std::string& path) const { return at(path) != files_.end(); }

std::vector<std::string> FileTree::files() const {
  std::vector<std::string> paths;
  for (const File& file : files_) paths.push_back(file.path);
  return paths;
}

FileBytes FileTree::open(const std::string& path) const {
  if (!archive_) return FileBytes::open((fs::path(path_) / path).string());
  const auto found = at(path);
  return FileBytes::unpack(path_, found == files_.end() ? path : found->member);
}

}  // namespace cofi
