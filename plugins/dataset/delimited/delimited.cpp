// Interactions from any delimited text file.
#include "cofi/delimited.hpp"

#include <string>

#include "cofi/dataset.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr, "The file: beside the spec, in $COFI_DATA or in ./data."),
    cofi::text("separator", "','",
               "What stands between fields, one or more characters; ' ' is any run of blanks."),
    cofi::boolean("header", "true", "Whether the first line names the columns."),
    cofi::text("user", "'1'", "The users' column: its name in the header, or its number."),
    cofi::text("item", "'2'", "The items' column."),
    cofi::text("value", "'3'", "The values' column; '' where there is none and every value is 1."),
    cofi::text("time", "null", "The column of times in seconds since 1970 (null: there are none)."),
    cofi::boolean("quotes", "true", "Whether fields may stand in double quotes."),
    cofi::choice("on_error", "error", "error|skip",
                 "A malformed line ends the run, or is skipped and counted."),
    cofi::choice("duplicates", "last", "error|first|last|mean|keep",
                 "What becomes of a user and item that come together more than once."),
    cofi::real("scale_low", "null", -1e30, 1e30,
               "Lowest possible value; a lower one is malformed (null: the lowest found)."),
    cofi::real("scale_high", "null", -1e30, 1e30,
               "Highest possible value; a higher one is malformed (null: the highest found)."),
};

class Delimited final : public cofi::Dataset {
 public:
  explicit Delimited(const cofi::Params& params) : path_(params.text("path")) {
    format_.separator = params.text("separator");
    format_.header = params.boolean("header");
    format_.user = params.text("user");
    format_.item = params.text("item");
    format_.value = params.text("value");
    if (params.has("time")) format_.time = params.text("time");
    format_.quotes = params.boolean("quotes");
    format_.skip_malformed = params.text("on_error") == "skip";
    format_.duplicates = params.text("duplicates");
    if (format_.user.empty()) throw params.error("user", "names no column");
    if (format_.item.empty()) throw params.error("item", "names no column");
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
    const auto file = cofi::FileBytes::open(context.paths.find(path_));
    return cofi::read_delimited(file, format_, context.pool);
  }

 private:
  std::string path_;
  cofi::DelimitedFormat format_;
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Delimited, "delimited", "1.0.0",
            "Interactions from a delimited text file.", kParams)
