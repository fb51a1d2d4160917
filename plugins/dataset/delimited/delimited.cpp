// Interactions from any delimited text file.
#include "cofi/delimited.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr, "The file: beside the spec, in $COFI_DATA or in ./data."),
    cofi::text("file", "null", "The file's name, where path is a folder or an archive."),
    cofi::text("separator", "','",
               "What stands between fields, one or more characters; ' ' is any run of blanks."),
    cofi::boolean("header", "true", "Whether the first line names the columns."),
    cofi::text("user", "'1'", "The users' column: its name in the header, or its number."),
    cofi::text("item", "'2'", "The items' column."),
    cofi::text("value", "'3'", "The values' column; '' where there is none and every value is 1."),
    cofi::text("time", "null", "The column of times (null: there are none)."),
    cofi::choice("time_unit", "s", "s|ms|date",
                 "Times are seconds or milliseconds since 1970, or dates such as 2005-09-06."),
    cofi::boolean("quotes", "true", "Whether fields may stand in double quotes."),
    cofi::choice("encoding", "utf-8", "utf-8|latin-1", "Of ids; they become UTF-8."),
    cofi::text("comment", "null", "Lines that begin so are passed over (null: there are none)."),
    cofi::choice("on_error", "error", "error|skip",
                 "A malformed line ends the run, or is skipped and counted."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and item that come together more than once."),
    cofi::real("scale_low", "null", -1e30, 1e30,
               "Lowest possible value; a lower one is malformed (null: the lowest found)."),
    cofi::real("scale_high", "null", -1e30, 1e30,
               "Highest possible value; a higher one is malformed (null: the highest found)."),
    cofi::real("unrated", "null", -1e30, 1e30,
               "A value that means: not rated. Such rows become the feedback set 'unrated'."),
};

class Delimited final : public cofi::Dataset {
 public:
  explicit Delimited(const cofi::Params& params) : path_(params.text("path")) {
    if (params.has("file")) file_ = params.text("file");
    format_.separator = params.text("separator");
    format_.header = params.boolean("header");
    format_.user = params.text("user");
    format_.item = params.text("item");
    format_.value = params.text("value");
    if (params.has("time")) format_.time = params.text("time");
    const std::string& unit = params.text("time_unit");
    if (unit == "ms") format_.time_unit = cofi::TimeUnit::kMilliseconds;
    if (unit == "date") format_.time_unit = cofi::TimeUnit::kDate;
    format_.quotes = params.boolean("quotes");
    format_.latin1 = params.text("encoding") == "latin-1";
    if (params.has("comment")) format_.comment = params.text("comment");
    if (params.has("unrated")) format_.unrated = static_cast<float>(params.real("unrated"));
    format_.skip_malformed = params.text("on_error") == "skip";
    format_.duplicates = params.text("duplicates");
    if (format_.user.empty()) throw params.error("user", "names no column");
    if (format_.item.empty()) throw params.error("item", "names no column");
    if (format_.time.empty() && unit != "s") {
      throw params.error("time_unit", "there are no times; name their column (time: '4')");
    }
    if (format_.value.empty() && format_.unrated) {
      throw params.error("unrated", "there are no values: value is ''");
    }
    const bool low = params.has("scale_low");
    if (low != params.has("scale_high")) {
      throw params.error(low ? "scale_high" : "scale_low", "give both ends of the scale or none");
    }
    if (!low) return;
    if (params.real("scale_low") >= params.real("scale_high")) {
      throw params.error("scale_low", "must be less than scale_high");
    }
    format_.scale = cofi::RatingScale{static_cast<float>(params.real("scale_low")),
                                      static_cast<float>(params.real("scale_high"))};
  }

  cofi::Data load(const cofi::LoadContext& context) override {
    return cofi::read_delimited(open(context.paths.find(path_)), format_, context.pool);
  }

 private:
  cofi::FileBytes open(const std::string& path) const {
    if (file_.empty()) {
      const auto refuse = [&](const char* what) {
        return cofi::Error("dataset/delimited: path: ", path, what);
      };
      if (std::filesystem::is_directory(path)) {
        throw refuse(" is a folder; name one of its files (file: ratings.csv)");
      }
      cofi::FileBytes bytes = cofi::FileBytes::open(path);
      if (!cofi::is_packed(bytes.bytes())) return bytes;
      throw refuse(
          " is an archive or compressed, expected text; name one of its files (file: "
          "ratings.csv), or unpack it");
    }
    const cofi::FileTree tree(path);
    const std::vector<std::string> found = tree.find(file_);
    if (found.size() == 1) return tree.open(found.front());
    throw cofi::Error("dataset/delimited: file: ", path,
                      found.empty() ? " has no '" : " has several '", file_,
                      "' at its top or one folder down");
  }

  std::string path_, file_;
  cofi::DelimitedFormat format_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Delimited, "delimited", "1.0.0",
            "Interactions from a delimited text file.", kParams)
