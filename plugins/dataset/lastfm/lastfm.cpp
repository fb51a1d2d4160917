// The Last.fm data of HetRec 2011: how often 1,892 users played their artists.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/delimited.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::Data;
using cofi::Error;
using cofi::FileBytes;
using cofi::FileTree;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr,
               "The folder or .zip with user_artists.dat: beside the spec, in $COFI_DATA or in "
               "./data."),
    cofi::choice("values", "log", "plays|log|share|percentile|stars",
                 "What the number of plays becomes: itself, ln(1 + plays), the share of the user's "
                 "plays, its rank among the user's artists in (0, 1], or that in fifths, 1 to 5."),
    cofi::choice("on_error", "error", "error|skip",
                 "A malformed line ends the run, or is skipped and counted."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and artist that come together more than once."),
};

constexpr std::int64_t kUsersPerBlock = 256;
constexpr std::size_t kStars = 5;

// The part of a user's artists that were played at most as often as each, or (stars) in which fifth
// of them it lies, from 1: into `out`.
void rank(View<std::int32_t> rows, const std::vector<float>& plays, bool stars,
          std::vector<float>& out) {
  std::vector<std::int32_t> order(rows.begin(), rows.end());
  const auto of = [&](std::int32_t row) { return plays[static_cast<std::size_t>(row)]; };
  std::sort(order.begin(), order.end(),
            [&](std::int32_t a, std::int32_t b) { return of(a) < of(b); });
  for (std::size_t n = 0, next = 0; n < order.size(); n = next) {
    while (next < order.size() && of(order[next]) == of(order[n])) ++next;
    const std::size_t size = order.size();
    const std::size_t fifth = (kStars * next + size - 1) / size;  // rounded up, from 1
    const double part = static_cast<double>(next) / static_cast<double>(size);
    const double value = stars ? static_cast<double>(fifth) : part;
    for (std::size_t m = n; m < next; ++m) {
      out[static_cast<std::size_t>(order[m])] = static_cast<float>(value);
    }
  }
}

class Lastfm final : public cofi::Dataset {
 public:
  explicit Lastfm(const cofi::Params& params)
      : path_(params.text("path")), values_(params.text("values")) {
    format_.separator = "\t";
    format_.user = "userID", format_.item = "artistID", format_.value = "weight";
    format_.quotes = false;
    format_.skip_malformed = params.text("on_error") == "skip";
    format_.duplicates = params.text("duplicates");
    format_.scale = cofi::RatingScale{1, 1e9};
  }

  Data load(const cofi::LoadContext& context) override {
    const FileTree tree(context.paths.find(path_));
    const std::vector<std::string> found = tree.find("user_artists.dat");
    if (found.size() != 1) {
      throw Error("dataset/lastfm: path: ", path_, found.empty() ? " has no" : " has several",
                  " user_artists.dat", found.empty() ? ", nor has a folder in it" : "");
    }
    Data data = cofi::read_delimited(tree.open(found.front()), format_, context.pool);
    map_values(data, context.pool);
    const auto [low, high] =
        std::minmax_element(data.interactions.values.begin(), data.interactions.values.end());
    data.scale = {*low, *high};
    if (values_ == "percentile" || values_ == "share") data.scale = {0, 1};
    if (values_ == "stars") data.scale = {1, kStars};
    const std::string folder =
        found.front().substr(0, found.front().size() - std::string("user_artists.dat").size());
    add_names(data, tree, folder + "artists.dat");
    return data;
  }

 private:
  void map_values(Data& data, const cofi::ThreadPool& pool) const {
    if (values_ == "plays") return;
    const auto& all = data.interactions.values;
    const std::vector<float> plays(all.begin(), all.end());
    std::vector<float> mapped(plays.size());
    const cofi::Grouping by_user = cofi::group_by(data.interactions.users, data.users.size());
    cofi::parallel_for(pool, data.users.size(), kUsersPerBlock,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t user = begin; user < end; ++user) {
                           map_user(by_user.group(static_cast<std::int32_t>(user)), plays, mapped);
                         }
                       });
    data.interactions.values = std::move(mapped);
  }

  void map_user(View<std::int32_t> rows, const std::vector<float>& plays,
                std::vector<float>& mapped) const {
    if (values_ == "percentile" || values_ == "stars") {
      rank(rows, plays, values_ == "stars", mapped);
      return;
    }
    double total = 0;
    for (const std::int32_t row : rows) total += plays[static_cast<std::size_t>(row)];
    for (const std::int32_t row : rows) {
      float& value = mapped[static_cast<std::size_t>(row)];
      const double own = plays[static_cast<std::size_t>(row)];
      value = static_cast<float>(values_ == "log" ? std::log1p(own) : own / total);
    }
  }

  // artists.dat: id, name, url and picture under a header, which names no artist.
  static void add_names(Data& data, const FileTree& tree, const std::string& name) {
    if (!tree.has(name)) return;
    cofi::DelimitedFormat format;
    format.separator = "\t";
    format.header = false;
    format.quotes = false;
    const FileBytes file = tree.open(name);
    data.titles.resize(static_cast<std::size_t>(data.items.size()));
    for (const auto& line : cofi::read_columns(file, format, {"1", "2"})) {
      const std::int32_t item = data.items.find(line[0]);
      if (item != cofi::Vocabulary::kUnknown) data.titles[static_cast<std::size_t>(item)] = line[1];
    }
    data.sources.push_back(file.name());
  }

  std::string path_, values_;
  cofi::DelimitedFormat format_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Lastfm, "lastfm", "1.0.0",
            "Plays of artists on Last.fm, as published for HetRec 2011.", kParams)
