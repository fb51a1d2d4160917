#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "cofi/delimited.hpp"

#include "support/temp_folder.hpp"

using cofi::Data;
using cofi::DelimitedFormat;
using cofi::Error;
using cofi::FileBytes;
using cofi::Interactions;
using cofi::RatingScale;
using cofi::read_columns;
using cofi::read_delimited;
using cofi::ThreadPool;
using cofi::TimeUnit;

namespace {

const ThreadPool kOne(1), kThree(3);
const cofi::test::TempFolder kFolder;

Data read(const std::string& text, const DelimitedFormat& format = {},
          const ThreadPool& pool = kThree) {
  return read_delimited(FileBytes::open(kFolder.write("t.csv", text)), format, pool);
}

// The message of reading the text, without the folder of the file.
std::string message(const std::string& text, const DelimitedFormat& format = {},
                    const ThreadPool& pool = kThree) {
  try {
    read(text, format, pool);
  } catch (const Error& error) {
    std::string what = error.what();
    const std::string path = (kFolder.path() / "").string();
    for (std::size_t at = what.find(path); at != std::string::npos; at = what.find(path)) {
      what.erase(at, path.size());
    }
    return what;
  }
  return "no error";
}

// "user item value" of each row, by their external ids.
std::string rows(const Data& data) {
  std::ostringstream text;
  const Interactions& table = data.interactions;
  for (std::size_t n = 0; n < table.size(); ++n) {
    text << (n == 0 ? "" : "; ") << data.users.name(table.users[n]) << " "
         << data.items.name(table.items[n]) << " " << table.values[n];
    if (!table.times.empty()) text << " " << table.times[n];
  }
  return text.str();
}

std::int64_t count(const Data& data, const std::string& name) {
  for (const auto& [key, value] : data.counts) {
    if (key == name) return value;
  }
  return -1;
}

DelimitedFormat bare(const std::string& separator = ",") {
  DelimitedFormat format;
  format.separator = separator;
  format.header = false;
  return format;
}

DelimitedFormat timed() {
  DelimitedFormat format = bare();
  format.time = "4";
  return format;
}

DelimitedFormat sections() {
  DelimitedFormat format = bare();
  format.section = ":";
  format.value = "2";
  return format;
}

DelimitedFormat with_duplicates(const std::string& rule) {
  DelimitedFormat format = timed();
  format.duplicates = rule;
  return format;
}

}  // namespace

TEST_CASE("reading delimited text") {
  SECTION("ids are in order of first appearance, columns found by name or number") {
    DelimitedFormat format;
    format.user = "who", format.item = "what", format.value = "3", format.time = "when";
    const Data data = read("what,who,stars,when\nx,b,4.5,10\ny,a,-1,20\nx,a,0,-30\n", format);
    CHECK(rows(data) == "b x 4.5 10; a y -1 20; a x 0 -30");
    CHECK(data.users.name(0) == "b");
    CHECK(data.users.find("a") == 1);
    CHECK(data.items.size() == 2);
    CHECK(data.scale.low == -1);
    CHECK(data.scale.high == 4.5f);
    CHECK(count(data, "lines") == 3);
    CHECK(count(data, "skipped_lines") == 0);
    CHECK(count(data, "duplicates") == 0);
  }
  SECTION("separators") {
    CHECK(rows(read("1::2::3\n1::3::4\n", bare("::"))) == "1 2 3; 1 3 4");
    CHECK(rows(read("1\t2\t3\n", bare("\t"))) == "1 2 3");
    CHECK(rows(read("  1  \t 2 3 \n4 5 6", bare(" "))) == "1 2 3; 4 5 6");
    CHECK(rows(read("1 | 2 | 3\n", bare(" | "))) == "1 2 3");
    CHECK(rows(read("a:b::2::3\n", bare("::"))) == "a:b 2 3");
  }
  SECTION("blanks around fields are no part of them, blanks inside are") {
    CHECK(rows(read("new york, 2 ,3\n", bare())) == "new york 2 3");
  }
  SECTION("no value column: every value is 1") {
    DelimitedFormat format = bare();
    format.value = "";
    CHECK(rows(read("1,2\n3,4\n", format)) == "1 2 1; 3 4 1");
  }
  SECTION("byte-order mark, CRLF, blank lines, a last line without its end") {
    DelimitedFormat format;
    format.user = "user";
    CHECK(rows(read("\xef\xbb\xbfuser,item,value\r\n1,2,3\r\n\r\n \n2,2,1.5", format)) ==
          "1 2 3; 2 2 1.5");
  }
  SECTION("ids are text: 64-bit numbers, words, leading zeros") {
    const Data data = read("9223372036854775808,tt0111161,3\n7,x,1\n007,x,2\n", bare());
    CHECK(rows(data) == "9223372036854775808 tt0111161 3; 7 x 1; 007 x 2");
    CHECK(data.users.size() == 3);
  }
  SECTION("quoted fields") {
    CHECK(rows(read("\"a,b\",\"say \"\"hi\"\"\",\"4\"\n", bare())) == "a,b say \"hi\" 4");
    CHECK(rows(read("\"a\" , \"\"\"\", 4\n", bare())) == "a \" 4");
    CHECK(rows(read("\"a b\" c 4\n", bare(" "))) == "a b c 4");
    DelimitedFormat format = bare();
    format.quotes = false;
    CHECK(rows(read("\"a,b\",3\n", format)).empty() == false);
    CHECK(rows(read("\"a,b\",3\n", format)) == "\"a b\" 3");
  }
  SECTION("milliseconds are rounded down to seconds") {
    DelimitedFormat format = timed();
    format.time_unit = TimeUnit::kMilliseconds;
    CHECK(rows(read("1,2,3,1999\n1,3,3,-1\n1,4,3,-1000\n1,5,3,0\n", format)) ==
          "1 2 3 1; 1 3 3 -1; 1 4 3 -1; 1 5 3 0");
    CHECK(message("1,2,3,1.5\n", format) ==
          "t.csv:1: time '1.5' (column 4); expected whole milliseconds since 1970");
  }
  SECTION("dates are their first second, in UTC") {
    DelimitedFormat format = timed();
    format.time_unit = TimeUnit::kDate;
    // By `date -u -d DATE +%s`.
    CHECK(rows(read("1,1,3,1970-01-01\n1,2,3,2005-09-06\n1,3,3,2000-02-29\n1,4,3,1969-12-31\n"
                    "1,5,3,1900-03-01\n1,6,3,2024-12-31\n",
                    format)) ==
          "1 1 3 0; 1 2 3 1125964800; 1 3 3 951782400; 1 4 3 -86400; 1 5 3 -2203891200; "
          "1 6 3 1735603200");
    for (const std::string date : {"2005-9-06", "2005-13-01", "2005-00-01", "2005-02-29",
                                   "1900-02-29", "2005-04-31", "2005/09/06", "2005-09-00", ""}) {
      CAPTURE(date);
      CHECK_THAT(message("1,2,3," + date + "\n", format),
                 Catch::StartsWith("t.csv:1: time ") &&
                     Catch::EndsWith("(column 4); expected a date such as 2005-09-06"));
    }
  }
  SECTION("comments are passed over, before the header too") {
    DelimitedFormat format;
    format.comment = "%";
    CHECK(rows(read("% bip weighted\n\nu,i,v\n%\n1,2,3\n% 4,5,6\n", format)) == "1 2 3");
    format.header = false;
    CHECK(count(read("%\n1,2,3\n", format), "lines") == 1);
    CHECK(message("%\n1,2\n", format).find("t.csv:2: 2 fields") == 0);
  }
  SECTION("Latin-1 ids become UTF-8") {
    DelimitedFormat format = bare();
    format.latin1 = true;
    CHECK(rows(read("Zo\xeb,\xdf,3\nZo,x,1\n", format)) == "Zo\xc3\xab \xc3\x9f 3; Zo x 1");
  }
  SECTION("sections name the items of the lines behind them") {
    const DelimitedFormat format = sections();
    CHECK(rows(read("17:\n1,5\n2,4\n\n3:\r\n1,1\n17:\n9,2", format)) ==
          "1 17 5; 2 17 4; 1 3 1; 9 17 2");
    CHECK(message("1,5\n17:\n", format) ==
          "t.csv:1: no item: '1,5'; expected a line before it that names one, such as '17:'");
    CHECK(message("17:\n1,5:\n", format) ==
          "t.csv:2: value '5:' (column 2); expected a finite number");
    CHECK(message("17:\n:\n", format) ==
          "t.csv:2: 1 field: ':'; expected at least 2 fields separated by ','");
  }
  SECTION("several files are read as one behind another") {
    const std::vector<FileBytes> files = {FileBytes::open(kFolder.write("a.csv", "7:\n1,5\n")),
                                          FileBytes::open(kFolder.write("b.csv", "8:\n2,4\n1,3"))};
    const Data data = read_delimited(files, sections(), kThree);
    CHECK(rows(data) == "1 7 5; 2 8 4; 1 8 3");
    CHECK(data.sources == std::vector<std::string>{kFolder / "a.csv", kFolder / "b.csv"});
    CHECK(count(data, "lines") == 3);
    // A section ends with its file, and lines are counted from each file's start.
    const std::vector<FileBytes> open_end = {files[0],
                                             FileBytes::open(kFolder.write("c.csv", "\n2,4\n"))};
    CHECK_THROWS_WITH(read_delimited(open_end, sections(), kThree),
                      Catch::StartsWith(kFolder / "c.csv" + ":2: no item: '2,4'"));
    DelimitedFormat strict = sections();
    strict.duplicates = "error";
    CHECK_THROWS_WITH(read_delimited({files[0], files[0]}, strict, kThree),
                      Catch::StartsWith(kFolder / "a.csv" +
                                        " and others: user '1' and item '7' come together more "
                                        "than once, in rows 1 and 2"));
  }
  SECTION("rows without a rating are feedback, and no duplicates of ratings") {
    DelimitedFormat format = bare();
    format.unrated = 0.0f;
    format.duplicates = "error";
    const Data data = read("1,a,0\n2,a,5\n1,b,0\n2,b,1\n2,a,0\n", format);
    CHECK(rows(data) == "2 a 5; 2 b 1");
    CHECK(count(data, "unrated") == 3);
    CHECK(count(data, "duplicates") == 0);
    CHECK(data.users.name(0) == "1");
    const Interactions& unrated = data.feedback.at("unrated");
    REQUIRE(unrated.size() == 3);
    CHECK(data.items.name(unrated.items[2]) == "a");
    CHECK(unrated.values[0] == 1);
    CHECK(data.scale.low == 1);
    CHECK(read("1,a,2\n", format).feedback.empty());
    CHECK(message("1,a,0\n", format) ==
          "t.csv: no interactions: each value is 0, which is no rating");
    format.scale = RatingScale{1, 5};
    CHECK(rows(read("1,a,0\n2,a,5\n", format)) == "2 a 5");
    CHECK(message("1,a,0\n2,a,6\n", format) ==
          "t.csv:2: value '6' (column 3); expected a number from 1 to 5, or 0 where there is no "
          "rating");
  }
  SECTION("times are whole seconds, as reals too") {
    CHECK(rows(read("1,2,3,1.2e9\n1,3,3,1260759144.0\n", timed())) ==
          "1 2 3 1200000000; 1 3 3 1260759144");
  }
}

TEST_CASE("malformed delimited text") {
  SECTION("each mistake names file, line, what was found and what was expected") {
    CHECK(message("") == "t.csv: no interactions: the file is empty");
    CHECK(message("\n \r\n") == "t.csv: no interactions: the file is empty");
    CHECK(message("user,item,value\n") == "t.csv: no interactions: nothing follows the header");
    CHECK(message("1,2,3\n1,2\n", bare()) ==
          "t.csv:2: 2 fields: '1,2'; expected at least 3 fields separated by ','");
    CHECK(message("u,i,v\n1,2,3\n1,2,3,4\n") ==
          "t.csv:3: 4 fields: '1,2,3,4'; expected 3 fields separated by ','");
    CHECK(message("1\t2\t3\n\n1,2,3\n", bare("\t")) ==
          "t.csv:3: 1 field: '1,2,3'; expected at least 3 fields separated by tabs");
    CHECK(message("1 2\n", bare(" ")) ==
          "t.csv:1: 2 fields: '1 2'; expected at least 3 fields separated by blanks");
    CHECK(message("u,i,v\n1,2,good\n") ==
          "t.csv:2: value 'good' (column 3 'v'); expected a finite number");
    for (const std::string value : {"nan", "NaN", "inf", "-inf", "1e39", "0x1", "4.5.1"}) {
      CAPTURE(value);
      CHECK(message("1,2," + value + "\n", bare()).find("t.csv:1: value '") == 0);
    }
    CHECK(message("1,2,nan\n", bare()) ==
          "t.csv:1: value 'nan' (column 3); expected a finite number");
    CHECK(message("1,2,\n", bare()) ==
          "t.csv:1: value is empty (column 3); expected a finite number");
    CHECK(message(",2,3\n", bare()) == "t.csv:1: user is empty (column 1); expected an id");
    CHECK(message("1,\"\",3\n", bare()) == "t.csv:1: item is empty (column 2); expected an id");
    CHECK(message("1,2,3,1.5\n", timed()) ==
          "t.csv:1: time '1.5' (column 4); expected whole seconds since 1970");
    CHECK(message("1,2,3,\n", timed()) ==
          "t.csv:1: time is empty (column 4); expected whole seconds since 1970");
    CHECK(message("1,2,3,1e300\n", timed()).find("t.csv:1: time '1e300'") == 0);
  }
  SECTION("a truncated last line") {
    CHECK(message("u,i,v,t\n1,2,3,4\n1,3") ==
          "t.csv:3: 2 fields: '1,3'; expected 4 fields separated by ','");
  }
  SECTION("quotes") {
    CHECK(message("1,\"2,3\n4\",5\n", bare()) ==
          "t.csv:1: a quoted field that does not end on its line (none may span lines): '1,\"2,3'; "
          "expected at least 3 fields separated by ','");
    CHECK(message("1,\"2\"x,3\n", bare())
              .find("t.csv:1: text behind the closing quote of a field: '1,\"2\"x,3'") == 0);
    CHECK(message("\"u,i,v\n1,2,3\n").find("t.csv:1: the header has a quoted field") == 0);
    CHECK(message("1\"2\n", bare("\"")) == "separator: '\"' holds a quote; set quotes: false");
  }
  SECTION("bytes that a terminal would not show are escaped, long lines cut") {
    CHECK(message("1,2,\x1b[31m\n", bare()).find("value '\\x1b[31m'") != std::string::npos);
    CHECK(message(std::string(500, 'x') + "\n", bare()).size() < 160);
  }
  SECTION("separators that cannot be") {
    CHECK(message("1,2,3\n", bare("")) == "separator: is empty; give one or more characters");
    CHECK(message("1,2,3\n", bare("\n")) == "separator: a line's end cannot separate fields");
  }
  SECTION("columns that are not there") {
    DelimitedFormat format;
    format.value = "ratings";
    CHECK(message("userId,movieId,rating\n1,2,3\n", format) ==
          "t.csv:1: no column 'ratings' among userId, movieId, rating, did you mean 'rating'?");
    format.value = "4";
    CHECK(message("userId,movieId,rating\n1,2,3\n", format) ==
          "t.csv:1: no column '4' among userId, movieId, rating");
    CHECK(message("u\x1b[2J,caf\xe9\na,x\n", format) ==
          "t.csv:1: no column '4' among u\\x1b[2J, caf\\xe9");
    format = bare();
    format.user = "userId";
    CHECK(
        message("1,2,3\n", format) ==
        "t.csv: there is no header that could name a column 'userId'; give the column's number, 1 "
        "to 1000");
  }
  SECTION("users and items in one column") {
    DelimitedFormat format;
    format.user = "u", format.item = "1";
    CHECK(message("u,i,v\n1,2,3\n", format) ==
          "t.csv:1: user and item are both column 1 'u'; expected a column each");
    format = bare();
    format.user = "2";
    CHECK(message("1,2,3\n", format) ==
          "t.csv:1: user and item are both column 2; expected a column each");
  }
  SECTION("values outside a declared scale") {
    DelimitedFormat format = bare();
    format.scale = RatingScale{1, 5};
    CHECK(read("1,2,3\n", format).scale.high == 5);
    CHECK(message("1,2,3\n1,3,6\n", format) ==
          "t.csv:2: value '6' (column 3); expected a number from 1 to 5");
  }
  SECTION("skipped lines are counted and the first is told") {
    DelimitedFormat format = bare();
    format.skip_malformed = true;
    const Data data = read("1,2,3\nx\n1,3,nan\n2,2,4\n", format);
    CHECK(rows(data) == "1 2 3; 2 2 4");
    CHECK(count(data, "lines") == 4);
    CHECK(count(data, "skipped_lines") == 2);
    CHECK(data.note.find("2 malformed lines skipped, the first being ") == 0);
    CHECK(data.note.find("t.csv:2: 1 field: 'x'") != std::string::npos);
    CHECK(message("x\ny\n", format)
              .find("t.csv: no interactions: every line is malformed, the first being t.csv:1: 1 "
                    "field") == 0);
  }
}

TEST_CASE("duplicate pairs of user and item") {
  const std::string text = "1,a,1,30\n2,a,5,1\n1,b,2,2\n1,a,4,10\n1,a,2.5,20\n2,a,3,5\n";
  const auto resolved = [&](const std::string& rule) {
    const Data data = read(text, with_duplicates(rule));
    CHECK(count(data, "duplicates") == 3);
    return rows(data);
  };
  CHECK(resolved("last") == "1 b 2 2; 1 a 2.5 20; 2 a 3 5");
  CHECK(resolved("first") == "1 a 1 30; 2 a 5 1; 1 b 2 2");
  CHECK(resolved("mean") == "1 a 2.5 30; 2 a 4 1; 1 b 2 2");
  CHECK(resolved("keep") == "1 a 1 30; 2 a 5 1; 1 b 2 2; 1 a 4 10; 1 a 2.5 20; 2 a 3 5");
  CHECK(message(text, with_duplicates("error")) ==
        "t.csv: user '1' and item 'a' come together more than once, in rows 1 and 4; choose "
        "duplicates: first, last, mean or keep");
  CHECK(message(text, with_duplicates("frist")) ==
        "t.csv: duplicates: 'frist' is none of error, first, last, mean, keep, did you mean "
        "'first'?");
}

TEST_CASE("files of many chunks") {
  // 700,000 lines, about 9 MB: three chunks. Pairs are distinct but for every 1000th line.
  constexpr int kLines = 700000;
  std::string text;
  for (int n = 0; n < kLines; ++n) {
    const int m = n % 1000 == 999 ? n - 500 : n;
    text += std::to_string(m % 977) + "," + std::to_string(m / 977 + 1000000) + "," +
            std::to_string(n % 11 - 5) + "\n";
    if (n % 70000 == 5) text += "\n";
  }
  const auto line_of = [&](std::size_t at) {
    return std::to_string(1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(at), '\n'));
  };
  SECTION("any number of threads yields the same table") {
    const Data alone = read(text, bare(), kOne);
    const Data shared = read(text, bare(), kThree);
    CHECK(alone.interactions.size() == kLines - kLines / 1000);
    CHECK(count(alone, "duplicates") == kLines / 1000);
    CHECK(count(alone, "lines") == kLines);
    CHECK(alone.users.size() == 977);
    bool same = alone.interactions.size() == shared.interactions.size();
    for (std::size_t n = 0; same && n < alone.interactions.size(); ++n) {
      same = alone.interactions.users[n] == shared.interactions.users[n] &&
             alone.interactions.items[n] == shared.interactions.items[n] &&
             alone.interactions.values[n] == shared.interactions.values[n];
    }
    CHECK(same);
    CHECK(rows(alone).substr(0, 30) == "0 1000000 -5; 1 1000000 -4; 2 ");
    bool first_appearance = true;
    std::int32_t next = 0;
    DelimitedFormat format = bare();
    format.duplicates = "keep";
    for (const std::int32_t item : read(text, format).interactions.items) {
      first_appearance = first_appearance && item <= next;
      next = std::max(next, item + 1);
    }
    CHECK(first_appearance);
  }
  SECTION("sections that reach over chunks") {
    std::string sectioned;
    for (int n = 0; n < kLines; ++n) {
      if (n == 0 || n == 1000 || n == 690000) sectioned += "item " + std::to_string(n) + ":\n";
      sectioned += std::to_string(n) + "," + std::to_string(n % 5) + "      \n";
    }
    REQUIRE(sectioned.size() > (std::size_t{8} << 20));
    const Data data = read(sectioned, sections());
    REQUIRE(data.interactions.size() == kLines);
    CHECK(data.items.size() == 3);
    int wrong = 0;
    for (std::size_t n = 0; n < kLines; ++n) {
      const int item = n < 1000 ? 0 : n < 690000 ? 1 : 2;
      if (data.interactions.items[n] != item) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(data.items.name(2) == "item 690000");
  }
  SECTION("the first malformed line is named, whatever the threads") {
    for (const double part : {0.2, 0.55, 0.95}) {
      const std::size_t at = text.find('\n', std::size_t(part * double(text.size()))) + 1;
      text.insert(at, "bad\n");
    }
    const std::size_t first = text.find("bad");
    for (const ThreadPool* pool : {&kOne, &kThree}) {
      for (int repeat = 0; repeat < 5; ++repeat) {
        CHECK(message(text, bare(), *pool).find("t.csv:" + line_of(first) + ": 1 field: 'bad'") ==
              0);
      }
    }
    DelimitedFormat format = bare();
    format.skip_malformed = true;
    const Data data = read(text, format);
    CHECK(count(data, "skipped_lines") == 3);
    CHECK(data.note.find("t.csv:" + line_of(first) + ": 1 field") != std::string::npos);
    CHECK(data.interactions.size() == kLines - kLines / 1000);
  }
}

TEST_CASE("columns of a small file as text") {
  DelimitedFormat format;
  const auto lines = [&](const std::string& text, const std::vector<std::string>& columns) {
    return read_columns(FileBytes::open(kFolder.write("t.csv", text)), format, columns);
  };
  const auto titles = lines("id,title\n1,\"Fargo, 1996\"\n2,Heat\n", {"title", "1"});
  REQUIRE(titles.size() == 2);
  CHECK(titles[0] == std::vector<std::string>{"Fargo, 1996", "1"});
  CHECK(titles[1] == std::vector<std::string>{"Heat", "2"});
  CHECK_THROWS_WITH(lines("id,title\n1\n", {"title"}),
                    Catch::Contains("t.csv:2: 1 field: '1'; expected 2 fields"));
}
