// Interactions from a query of an SQLite database.
#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/delimited.hpp"
#include "cofi/plugin/plugin.hpp"

#include "query.hpp"

namespace {

using cofi::Data;
using cofi::Error;
using cofi::FileBytes;
using sqlite::Query;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr, "The database: beside the spec, in $COFI_DATA or in ./data."),
    cofi::text("query", nullptr,
               "What selects users, items and, where there are any, values and times, as columns "
               "in this order."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and item that come together more than once."),
    cofi::real("scale_low", "null", -1e30, 1e30,
               "Lowest possible value; a lower one is an error (null: the lowest found)."),
    cofi::real("scale_high", "null", -1e30, 1e30,
               "Highest possible value; a higher one is an error (null: the highest found)."),
};

// Has the file watched for changes by those who keep what was loaded: also one that is not there.
void watch(const std::string& path, const cofi::SearchPath& paths,
           std::vector<std::string>& sources) {
  try {
    const FileBytes file = FileBytes::open(paths.find(path));
    if (file.name() == path && !file.bytes().empty()) sources.push_back(path);
  } catch (const Error&) {  // not there, as mostly
  }
}

class Sqlite final : public cofi::Dataset {
 public:
  explicit Sqlite(const cofi::Params& params)
      : path_(params.text("path")),
        query_(params.text("query")),
        duplicates_(params.text("duplicates")) {
    has_scale_ = params.has("scale_low");
    if (has_scale_ != params.has("scale_high")) {
      throw params.error(has_scale_ ? "scale_high" : "scale_low",
                         "give both ends of the scale or none");
    }
    if (!has_scale_) return;
    if (params.real("scale_low") >= params.real("scale_high")) {
      throw params.error("scale_low", "must be less than scale_high");
    }
    scale_ = {static_cast<float>(params.real("scale_low")),
              static_cast<float>(params.real("scale_high"))};
  }

  Data load(const cofi::LoadContext& context) override {
    const std::string path = context.paths.find(path_);
    Data data;
    // Before the query: a change while it runs then shows. What is committed may lie in the -wal
    // alone, and what is in the file may be undone by the -journal.
    data.sources = {FileBytes::open(path).name()};
    watch(path + "-wal", context.paths, data.sources);
    watch(path + "-journal", context.paths, data.sources);
    read(path, data);
    std::int64_t surplus = 0;
    try {
      surplus = cofi::resolve_duplicates(data, duplicates_, context.pool);
    } catch (const Error& error) {
      throw Error(path, ": ", error.what());
    }
    data.counts.emplace_back("duplicates", surplus);
    const auto [low, high] =
        std::minmax_element(data.interactions.values.begin(), data.interactions.values.end());
    data.scale = has_scale_ ? scale_ : cofi::RatingScale{*low, *high};
    return data;
  }

 private:
  void read(const std::string& path, Data& data) const {
    Query query(path, query_);
    const bool has_values = query.columns() > 2, has_times = query.columns() > 3;
    if (has_scale_ && !has_values) {
      throw Error("dataset/sqlite: scale_low: there are no values: the query selects two columns");
    }
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    std::vector<std::int64_t> times;
    while (query.next()) {
      if (users.size() == static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw Error(path, ": the query selects more rows than the 2147483647 that can be read");
      }
      users.push_back(data.users.add(query.id(0, "user")));
      items.push_back(data.items.add(query.id(1, "item")));
      const float value = has_values ? query.value(2) : 1;
      if (has_scale_ && (value < scale_.low || value > scale_.high)) {
        std::ostringstream range;
        range << "a number from " << scale_.low << " to " << scale_.high;
        throw query.bad(2, "value", range.str());
      }
      values.push_back(value);
      if (has_times) times.push_back(query.time(3));
    }
    if (users.empty()) throw Error(path, ": no interactions: the query selects no row");
    data.counts = {{"rows", static_cast<std::int64_t>(users.size())}};
    data.interactions = {std::move(users), std::move(items), std::move(values), std::move(times)};
  }

  std::string path_, query_, duplicates_;
  bool has_scale_ = false;
  cofi::RatingScale scale_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Sqlite, "sqlite", "1.0.0",
            "Interactions from a query of an SQLite database.", kParams)
