// Lists that something else made, as a model: it "predicts" their scores. See README.md beside this
// file.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::Error;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr, "The file: beside the spec, in $COFI_DATA or in ./data."),
    cofi::choice("format", "csv", "csv|tsv|trec",
                 "user, item and score of each line; trec: user Q0 item rank score tag."),
    cofi::boolean("header", "true", "csv and tsv: whether the first line names the columns."),
    cofi::choice("unknown", "error", "error|drop",
                 "What becomes of lines whose user or item the data does not have."),
};

cofi::DelimitedFormat format_of(const std::string& name, bool header) {
  cofi::DelimitedFormat format;
  format.header = header;
  format.duplicates = "keep";  // reported here, in words of lists
  if (name == "tsv") format.separator = "\t";
  if (name == "trec") {
    format.separator = " ";
    format.header = false;
    format.item = "3";
    format.value = "5";
    format.quotes = false;
  }
  return format;
}

// The dense ids of names; -1 where the data does not have one.
std::vector<std::int32_t> known_ids(const cofi::Vocabulary& names, const cofi::Vocabulary& known) {
  std::vector<std::int32_t> ids;
  for (std::int32_t id = 0; id < names.size(); ++id) ids.push_back(known.find(names.name(id)));
  return ids;
}

// "2 items that the data does not have, the first is '17'"; empty where there are none.
std::string unknown_names(const char* what, const cofi::Vocabulary& names,
                          const std::vector<std::int32_t>& ids) {
  const auto count = std::count(ids.begin(), ids.end(), -1);
  if (count == 0) return "";
  const auto first = std::find(ids.begin(), ids.end(), -1) - ids.begin();
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s") +
         " that the data does not have, the first is '" +
         std::string(names.name(static_cast<std::int32_t>(first))) + "'";
}

class Lists final : public cofi::Model {
 public:
  explicit Lists(const cofi::Params& params)
      : path_(params.text("path")),
        format_(format_of(params.text("format"), params.boolean("header"))),
        drop_(params.text("unknown") == "drop") {
    if (params.text("format") == "trec" && !params.boolean("header")) {
      throw params.error("header", "has no use with format: trec, which has none");
    }
  }

  cofi::Output output() const override { return cofi::Output::kScore; }

  void fit(const cofi::FitContext& context) override {
    const auto file = cofi::FileBytes::open(context.paths.find(path_));
    const cofi::Data data = cofi::read_delimited(file, format_, context.pool);
    const std::vector<std::int32_t> users = known_ids(data.users, context.user_ids);
    const std::vector<std::int32_t> items = known_ids(data.items, context.item_ids);
    if (!drop_) refuse_unknown(file.name(), data, users, items);

    const cofi::Interactions& lines = data.interactions;
    std::vector<Entry> entries;
    for (std::size_t n = 0; n < lines.size(); ++n) {
      const std::int32_t user = users[static_cast<std::size_t>(lines.users[n])];
      const std::int32_t item = items[static_cast<std::size_t>(lines.items[n])];
      if (user >= 0 && item >= 0) entries.push_back({user, item, lines.values[n]});
    }
    if (entries.empty()) {
      throw Error("model/lists: ", file.name(), " has no line of a user and item of the data");
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.user != b.user ? a.user < b.user : a.item < b.item;
    });
    const auto twice = std::adjacent_find(
        entries.begin(), entries.end(),
        [](const Entry& a, const Entry& b) { return a.user == b.user && a.item == b.item; });
    if (twice != entries.end()) {
      throw Error("model/lists: ", file.name(), ": the list of user '",
                  context.user_ids.name(twice->user), "' has item '",
                  context.item_ids.name(twice->item), "' twice; a list has an item once");
    }
    starts_.assign(static_cast<std::size_t>(context.users) + 1, 0);
    for (const Entry& entry : entries) {
      ++starts_[static_cast<std::size_t>(entry.user) + 1];
      items_.push_back(entry.item);
      scores_.push_back(entry.score);
    }
    for (std::size_t n = 1; n < starts_.size(); ++n) starts_[n] += starts_[n - 1];
    unlisted_ = below(*std::min_element(scores_.begin(), scores_.end()), file.name());
  }

  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) {
      const auto [first, last] = list_of(query.users[n]);
      const std::int32_t* items = items_.data();
      const std::int32_t* found = std::lower_bound(items + first, items + last, query.items[n]);
      const bool listed = found != items + last && *found == query.items[n];
      out[n] = listed ? scores_.data()[found - items] : static_cast<float>(unlisted_);
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    for (const std::int32_t user : users) {
      std::fill(out, out + items, static_cast<float>(unlisted_));
      const auto [first, last] = list_of(user);
      for (std::int64_t n = first; n < last; ++n) {
        out[items_.data()[n]] = scores_.data()[n];
      }
      out += items;
    }
  }

  void state(cofi::Archive& archive) override {
    archive("starts", starts_);
    archive("items", items_);
    archive("scores", scores_);
    archive("unlisted", unlisted_);
  }

 private:
  struct Entry {
    std::int32_t user, item;
    float score;
  };

  void refuse_unknown(const std::string& file, const cofi::Data& data,
                      const std::vector<std::int32_t>& users,
                      const std::vector<std::int32_t>& items) const {
    const std::string of_users = unknown_names("user", data.users, users);
    const std::string of_items = unknown_names("item", data.items, items);
    if (of_users.empty() && of_items.empty()) return;
    throw Error("model/lists: ", file, " has ", of_users,
                of_users.empty() || of_items.empty() ? "" : ", and ", of_items,
                "; unknown: drop leaves such lines out");
  }

  // What items without a score get: less than any that has one.
  static double below(float lowest, const std::string& file) {
    const float low = std::min(lowest - 1, std::nextafter(lowest, -1e38F));
    if (!std::isfinite(low) || !(low < lowest)) {
      throw Error("model/lists: ", file, ": the score ", lowest,
                  " leaves no number below it for unlisted items; scale the scores");
    }
    return low;
  }

  std::pair<std::int64_t, std::int64_t> list_of(std::int32_t user) const {
    if (user < 0) return {0, 0};
    const auto at = static_cast<std::size_t>(user);
    return {starts_[at], starts_[at + 1]};
  }

  std::string path_;
  cofi::DelimitedFormat format_;
  bool drop_;
  std::vector<std::int64_t> starts_;  // [users + 1] where each user's list is
  std::vector<std::int32_t> items_;   // [lines] ascending for each user
  std::vector<float> scores_;         // [lines]
  double unlisted_ = 0;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Lists, "lists", "1.0.0", "Scores from a file: lists made elsewhere.",
            kParams)
