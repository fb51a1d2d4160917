// GroupLens' MovieLens releases, as distributed.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/delimited.hpp"
#include "cofi/plugin/plugin.hpp"

#include "titles.hpp"

namespace {

using cofi::Data;
using cofi::DelimitedFormat;
using cofi::Error;
using cofi::FileTree;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr,
               "The release's folder or .zip: beside the spec, in $COFI_DATA or in ./data."),
    cofi::choice("on_error", "error", "error|skip",
                 "A malformed line ends the run, or is skipped and counted."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and item that come together more than once."),
};

struct Release {
  std::int64_t ratings;
  const char* name;
};
// By their READMEs.
constexpr Release kReleases[] = {
    {100000, "ml-100k"},
    {1000209, "ml-1m"},
    {10000054, "ml-10m"},
    {20000263, "ml-20m"},
    {25000095, "ml-25m"},
    {32000204, "ml-32m"},
    {100004, "ml-latest-small of 2016"},
    {100836, "ml-latest-small of 2018"},
    {27753444, "ml-latest of 2018"},
    {33832162, "ml-latest of 2023"},
};

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string describe(std::int64_t ratings) {
  for (const Release& release : kReleases) {
    if (release.ratings == ratings) {
      return std::string(release.name) + ": " + grouped(ratings) + " ratings";
    }
  }
  return "no MovieLens release known by its count: " + grouped(ratings) + " ratings";
}

class Movielens final : public cofi::Dataset {
 public:
  explicit Movielens(const cofi::Params& params)
      : path_(params.text("path")),
        skip_(params.text("on_error") == "skip"),
        duplicates_(params.text("duplicates")) {}

  Data load(const cofi::LoadContext& context) override {
    const FileTree tree(context.paths.find(path_));
    const std::string ratings = locate(tree);
    const std::string folder = ratings.substr(0, ratings.size() - name_of(ratings).size());
    Data data = cofi::read_delimited(tree.open(ratings), format_of(ratings), context.pool);
    data.scale.high = 5;
    data.scale.low = has_halves(data, name_of(ratings)) ? 0.5F : 1.0F;
    std::int64_t lines = 0;
    for (const auto& [name, count] : data.counts) {
      if (name == "lines") lines = count;
    }
    data.note = describe(lines) + (data.note.empty() ? "" : "; " + data.note);
    movielens::add_titles(data, tree, folder);
    return data;
  }

 private:
  static std::string name_of(const std::string& file) { return file.substr(file.rfind('/') + 1); }

  // The one file of ratings, whichever of the three there is.
  std::string locate(const FileTree& tree) const {
    std::vector<std::string> found;
    for (const char* name : {"ratings.csv", "ratings.dat", "u.data"}) {
      for (const std::string& file : tree.find(name)) found.push_back(file);
    }
    // What lies at the top is meant, whatever lies in folders beside it.
    const auto top = std::stable_partition(found.begin(), found.end(), [](const std::string& file) {
      return file.find('/') == std::string::npos;
    });
    if (top != found.begin()) found.erase(top, found.end());
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      throw Error("dataset/movielens: path: ", path_,
                  " has no ratings.csv, ratings.dat or u.data, nor has a folder in it");
    }
    std::string all;
    for (const std::string& file : found) all += (all.empty() ? "" : ", ") + file;
    throw Error("dataset/movielens: path: ", path_, " has several files of ratings: ", all,
                "; name one of the folders");
  }

  DelimitedFormat format_of(const std::string& ratings) const {
    DelimitedFormat format;
    const std::string name = name_of(ratings);
    if (name == "ratings.csv") {
      format.user = "userId", format.item = "movieId", format.value = "rating";
      format.time = "timestamp";
    } else {
      format.header = false;
      format.separator = name == "u.data" ? "\t" : "::";
      format.quotes = false;
      format.time = "4";
    }
    format.skip_malformed = skip_;
    format.duplicates = duplicates_;
    format.scale = cofi::RatingScale{name == "u.data" ? 1.0F : 0.5F, 5};
    return format;
  }

  // ratings.csv came with half stars; of the releases with ratings.dat, ml-10m has them.
  static bool has_halves(const Data& data, const std::string& name) {
    if (name != "ratings.dat") return name == "ratings.csv";
    const auto& values = data.interactions.values;
    return std::any_of(values.begin(), values.end(), [](float v) { return v != std::floor(v); });
  }

  std::string path_;
  bool skip_;
  std::string duplicates_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Movielens, "movielens", "1.0.0",
            "A MovieLens release of GroupLens, as a folder or the distributed .zip.", kParams)
