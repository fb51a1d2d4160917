// Jester's rating matrices: a row a user, a column a joke.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cofi/dataset.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::Data;
using cofi::Error;

constexpr cofi_param kParams[] = {
    cofi::text("path", nullptr, "The matrix as text: beside the spec, in $COFI_DATA or in ./data."),
    cofi::text("separator", "','", "The character between columns."),
    cofi::choice(
        "count", "check", "check|ignore|none",
        "The first column is the number of the row's ratings, and checked, or passed over; "
        "or there is no such column."),
};

constexpr float kLow = -10, kHigh = 10, kUnrated = 99;
constexpr std::int64_t kRowsPerBlock = 512;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

template <class Number>
bool number_of(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

// A user's row of the matrix and where it stands in the file.
struct Line {
  std::string_view text;
  std::int64_t number;  // 1-based
};

struct Rating {
  std::int32_t row, column;  // 0-based, of the matrix
  float value;
};

class Jester final : public cofi::Dataset {
 public:
  explicit Jester(const cofi::Params& params)
      : path_(params.text("path")), count_(params.text("count")) {
    const std::string& separator = params.text("separator");
    if (separator.size() != 1) throw params.error("separator", "must be one character");
    separator_ = separator.front();
  }

  Data load(const cofi::LoadContext& context) override {
    const auto file = cofi::FileBytes::open(context.paths.find(path_));
    const std::vector<Line> lines = lines_of(file);
    const std::size_t columns = count_of(lines.front().text, separator_) + 1;
    const auto size = static_cast<std::int64_t>(lines.size());
    std::vector<std::vector<Rating>> blocks(
        static_cast<std::size_t>((size + kRowsPerBlock - 1) / kRowsPerBlock));
    cofi::parallel_for(context.pool, size, kRowsPerBlock,
                       [&](std::int64_t begin, std::int64_t end) {
                         auto& ratings = blocks[static_cast<std::size_t>(begin / kRowsPerBlock)];
                         for (std::int64_t row = begin; row < end; ++row) {
                           parse(lines[static_cast<std::size_t>(row)], row, columns, file, ratings);
                         }
                       });
    Data data = table_of(blocks, columns);
    if (data.interactions.size() == 0) throw Error(file.name(), ": no interactions: all are 99");
    data.scale = {kLow, kHigh};
    data.sources = {file.name()};
    data.counts = {{"lines", size}};
    return data;
  }

 private:
  static std::size_t count_of(std::string_view text, char c) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
  }

  static std::vector<Line> lines_of(const cofi::FileBytes& file) {
    std::string_view text = file.bytes();
    if (text.substr(0, 4) == "\xd0\xcf\x11\xe0" || cofi::is_packed(text)) {
      throw Error(file.name(),
                  ": is an Excel file or an archive, expected text; save the sheet as "
                  "CSV (soffice --headless --convert-to csv FILE.xls)");
    }
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (text.substr(0, kMark.size()) == kMark) text.remove_prefix(kMark.size());
    std::vector<Line> lines;
    std::int64_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      at = end + 1;
      ++number;
      if (!trimmed(line).empty()) lines.push_back({line, number});
    }
    if (lines.empty()) throw Error(file.name(), ": no interactions: the file is empty");
    return lines;
  }

  // Appends the ratings of a line.
  void parse(const Line& line, std::int64_t row, std::size_t columns, const cofi::FileBytes& file,
             std::vector<Rating>& ratings) const {
    const auto place = [&] { return file.name() + ":" + std::to_string(line.number); };
    if (count_of(line.text, separator_) + 1 != columns) {
      throw Error(place(), ": ", count_of(line.text, separator_) + 1,
                  " columns; expected as many as in the first row, ", columns);
    }
    const std::size_t before = ratings.size(), first = count_ == "none" ? 0 : 1;
    std::int64_t counted = 0;
    std::size_t at = 0;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t end = std::min(line.text.find(separator_, at), line.text.size());
      const std::string_view field = trimmed(line.text.substr(at, end - at));
      at = end + 1;
      if (column < first) {
        if (count_ == "check" && !(number_of(field, counted) && counted >= 0)) {
          throw Error(place(), ": '", field.substr(0, 60),
                      "' (column 1); expected the number of the row's ratings");
        }
        continue;
      }
      float value = 0;
      if (!number_of(field, value) || !((value >= kLow && value <= kHigh) || value == kUnrated)) {
        throw Error(place(), ": rating '", field.substr(0, 60), "' (column ", column + 1,
                    "); expected a number from -10 to 10, or 99 where there is none");
      }
      if (value == kUnrated) continue;
      ratings.push_back(
          {static_cast<std::int32_t>(row), static_cast<std::int32_t>(column - first), value});
    }
    const std::size_t found = ratings.size() - before;
    if (first == 1 && count_ == "check" && static_cast<std::size_t>(counted) != found) {
      throw Error(place(), ": the row has ", found, " ratings, and says in column 1 that it has ",
                  counted, "; where that column is something else, say count: ignore or none");
    }
  }

  // Users are called by the numbers of their rows, jokes by those of their columns, from 1.
  static Data table_of(const std::vector<std::vector<Rating>>& blocks, std::size_t columns) {
    std::size_t size = 0;
    for (const auto& block : blocks) size += block.size();
    std::vector<std::int32_t> users, items, known(columns, cofi::Vocabulary::kUnknown);
    std::vector<float> values;
    users.reserve(size);
    items.reserve(size);
    values.reserve(size);
    Data data;
    std::int32_t last_row = -1;
    for (const auto& block : blocks) {
      for (const Rating& rating : block) {
        if (rating.row != last_row) data.users.add(std::to_string(rating.row + 1));
        last_row = rating.row;
        std::int32_t& item = known[static_cast<std::size_t>(rating.column)];
        if (item < 0) item = data.items.add(std::to_string(rating.column + 1));
        users.push_back(data.users.size() - 1);
        items.push_back(item);
        values.push_back(rating.value);
      }
    }
    data.interactions = {std::move(users), std::move(items), std::move(values), {}};
    return data;
  }

  std::string path_, count_;
  char separator_ = ',';
};

}  // namespace

COFI_PLUGIN(cofi::Dataset, Jester, "jester", "1.0.0",
            "Jester's matrix of ratings, a row a user, 99 where there is no rating.", kParams)
