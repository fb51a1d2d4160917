// Splits that somebody published as files of their rows.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/files.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/splitter.hpp"

#include "pair_index.hpp"

namespace {

using cofi::Data;
using cofi::Error;
using cofi::FileTree;
using cofi::Split;
using cofi::View;
using predefined::PairIndex;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr,
               "The folder or .zip of the files: beside the spec, in $COFI_DATA or in ./data."),
    cofi::list_of(cofi::text("folds", "null",
                             "Names of the folds; the files are <name><train_suffix> and so on.")),
    cofi::text("train_suffix", "'.base'", "How a fold's train file is named behind its name."),
    cofi::text("test_suffix", "'.test'", "How a fold's test file is named behind its name."),
    cofi::list_of(cofi::text("train", "null", "Instead of folds: the train files, one a fold.")),
    cofi::list_of(cofi::text("test", "null", "Instead of folds: the test files, one a fold.")),
    cofi::choice("unlisted", "error", "error|drop",
                 "What becomes of rows that neither file of a fold has."),
    cofi::text("separator", "\"\\t\"",
               "What stands between fields, one or more characters; ' ' is any run of blanks."),
    cofi::boolean("header", "false", "Whether the first line names the columns."),
    cofi::text("user", "'1'", "The users' column: its name in the header, or its number."),
    cofi::text("item", "'2'", "The items' column."),
    cofi::boolean("quotes", "true", "Whether fields may stand in double quotes."),
};

struct Fold {
  std::string train, test;  // file names
};

class Predefined final : public cofi::Splitter {
 public:
  explicit Predefined(const cofi::Params& params)
      : path_(params.text("path")), drop_(params.text("unlisted") == "drop") {
    format_.separator = params.text("separator");
    format_.header = params.boolean("header");
    format_.user = params.text("user");
    format_.item = params.text("item");
    format_.quotes = params.boolean("quotes");
    format_.value = "";
    format_.duplicates = "keep";
    const bool files = params.has("train") && params.has("test");
    if (params.has("folds") == files || params.has("train") != params.has("test")) {
      throw params.error("folds", "give either the folds' names, or the files as train and test");
    }
    if (files) {
      const auto& train = params.texts("train");
      const auto& test = params.texts("test");
      if (train.size() != test.size()) {
        throw params.error("test", std::to_string(test.size()) + " files, but train has " +
                                       std::to_string(train.size()));
      }
      for (std::size_t n = 0; n < train.size(); ++n) folds_.push_back({train[n], test[n]});
    } else {
      for (const std::string& name : params.texts("folds")) {
        folds_.push_back({name + params.text("train_suffix"), name + params.text("test_suffix")});
      }
    }
    if (folds_.empty()) throw params.error(files ? "train" : "folds", "is empty");
  }

  std::int64_t count() const override { return static_cast<std::int64_t>(folds_.size()); }

  Split at(std::int64_t k, const Data& data, View<std::int32_t> rows,
           const cofi::LoadContext& context) const override {
    const Fold& fold = folds_.at(static_cast<std::size_t>(k));
    const FileTree tree(context.paths.find(path_));
    const PairIndex index(data, context.pool);
    std::vector<Part> parts(data.interactions.size(), kOutside);
    for (const std::int32_t row : rows) parts[static_cast<std::size_t>(row)] = kUnlisted;
    Split split;
    split.train = take(fold.train, kTrain, fold, tree, data, index, parts, context.pool);
    split.test = take(fold.test, kTest, fold, tree, data, index, parts, context.pool);
    check_unlisted(fold, data, rows, parts, split);
    return split;
  }

 private:
  // Where a row of the table is: not to be divided at all, in no file, in one of them.
  enum Part : char { kOutside, kUnlisted, kTrain, kTest };

  // The rows of a file, in its order.
  std::vector<std::int32_t> take(const std::string& name, Part part, const Fold& fold,
                                 const FileTree& tree, const Data& data, const PairIndex& index,
                                 std::vector<Part>& parts, const cofi::ThreadPool& pool) const {
    const std::vector<std::string> found = tree.find(name);
    if (found.size() != 1) {
      throw Error("splitter/predefined: path: ", path_, " has ",
                  found.empty() ? "no file '" : "several files '", name, "'");
    }
    const Data listed = cofi::read_delimited(tree.open(found.front()), format_, pool);
    std::vector<std::int32_t> taken;
    for (std::size_t n = 0; n < listed.interactions.size(); ++n) {
      const auto user = listed.users.name(listed.interactions.users[n]);
      const auto item = listed.items.name(listed.interactions.items[n]);
      const View<std::int32_t> same = index.rows(data.users.find(user), data.items.find(item));
      if (same.empty()) {
        throw Error("splitter/predefined: ", name, " has user '", user, "' with item '", item,
                    "' in row ", n + 1, ", which the data does not have");
      }
      for (const std::int32_t row : same) {
        Part& now = parts[static_cast<std::size_t>(row)];
        if (now == kOutside || now == part) continue;
        if (now != kUnlisted) {
          throw Error("splitter/predefined: user '", user, "' with item '", item, "' is both in ",
                      fold.train, " and in ", fold.test);
        }
        now = part;
        taken.push_back(row);
      }
    }
    if (taken.empty()) {
      throw Error("splitter/predefined: ", name, " has none of the rows that are to be divided");
    }
    return taken;
  }

  void check_unlisted(const Fold& fold, const Data& data, View<std::int32_t> rows,
                      const std::vector<Part>& parts, Split& split) const {
    const std::size_t left = rows.size() - split.train.size() - split.test.size();
    if (left == 0) return;
    const std::string what =
        std::to_string(left) + " rows are neither in " + fold.train + " nor in " + fold.test;
    if (drop_) {
      split.notes.push_back(what + "; left out");
      return;
    }
    const auto first =
        static_cast<std::size_t>(*std::find_if(rows.begin(), rows.end(), [&](std::int32_t row) {
          return parts[static_cast<std::size_t>(row)] == kUnlisted;
        }));
    throw Error("splitter/predefined: ", what, ", the first of user '",
                data.users.name(data.interactions.users[first]), "' with item '",
                data.items.name(data.interactions.items[first]),
                "'; leave them out with unlisted: drop");
  }

  std::string path_;
  bool drop_;
  cofi::DelimitedFormat format_;
  std::vector<Fold> folds_;
};

}  // namespace

COFI_PLUGIN(cofi::Splitter, Predefined, "predefined", "1.0.0",
            "Folds given as files of train and test rows.", kParams)
