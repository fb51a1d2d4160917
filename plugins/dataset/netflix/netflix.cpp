// The data of the Netflix prize: movies' sections of "user,rating,date" lines.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/delimited.hpp"
#include "cofi/plugin/plugin.hpp"

#include "titles.hpp"

namespace {

namespace fs = std::filesystem;
using cofi::Data;
using cofi::Error;
using cofi::FileBytes;
using cofi::FileTree;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr,
               "The folder or .zip with combined_data_*.txt or mv_*.txt, or one such file: beside "
               "the spec, in $COFI_DATA or in ./data."),
    cofi::choice("on_error", "error", "error|skip",
                 "A malformed line ends the run, or is skipped and counted."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and movie that come together more than once."),
};

// Each file of an archive is reached through all that stand before it.
constexpr std::size_t kMostInArchive = 16;

bool matches(const std::string& path, const std::string& start) {
  const std::string name = path.substr(path.rfind('/') + 1);
  constexpr std::size_t kEnd = 4;  // ".txt"
  if (name.size() <= start.size() + kEnd || name.compare(0, start.size(), start) != 0 ||
      name.compare(name.size() - kEnd, kEnd, ".txt") != 0) {
    return false;
  }
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(start.size()), name.end() - kEnd,
                     [](char c) { return c >= '0' && c <= '9'; });
}

class Netflix final : public cofi::Dataset {
 public:
  explicit Netflix(const cofi::Params& params) : path_(params.text("path")) {
    format_.header = false;
    format_.section = ":";
    format_.value = "2";
    format_.time = "3";
    format_.time_unit = cofi::TimeUnit::kDate;
    format_.quotes = false;
    format_.skip_malformed = params.text("on_error") == "skip";
    format_.duplicates = params.text("duplicates");
    format_.scale = cofi::RatingScale{1, 5};
  }

  Data load(const cofi::LoadContext& context) override {
    const std::string path = context.paths.find(path_);
    if (fs::is_regular_file(path) && fs::path(path).extension() == ".txt") {
      return cofi::read_delimited(FileBytes::open(path), format_, context.pool);
    }
    const FileTree tree(path);
    std::vector<FileBytes> files;
    for (const std::string& name : ratings_of(tree, path)) files.push_back(tree.open(name));
    Data data = cofi::read_delimited(files, format_, context.pool);
    netflix::add_titles(data, tree);
    return data;
  }

 private:
  std::vector<std::string> ratings_of(const FileTree& tree, const std::string& path) const {
    std::vector<std::string> combined, single;
    for (const std::string& file : tree.files()) {
      if (matches(file, "combined_data_")) combined.push_back(file);
      if (matches(file, "mv_")) single.push_back(file);
    }
    const std::string place = "dataset/netflix: path: " + path_;
    if (combined.empty() && single.empty()) {
      throw Error(place, " has no combined_data_*.txt and no mv_*.txt, nor has a folder in it");
    }
    if (!combined.empty() && !single.empty()) {
      throw Error(place,
                  " has both combined_data_*.txt and mv_*.txt, which hold the same ratings; "
                  "name a folder that has one of them");
    }
    const std::vector<std::string>& found = combined.empty() ? single : combined;
    if (!fs::is_directory(path) && found.size() > kMostInArchive) {
      throw Error(place, " is an archive of ", found.size(),
                  " files of ratings; unpack it, and "
                  "name the folder");
    }
    return found;
  }

  std::string path_;
  cofi::DelimitedFormat format_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Netflix, "netflix", "1.0.0", "The training data of the Netflix prize.",
            kParams)
