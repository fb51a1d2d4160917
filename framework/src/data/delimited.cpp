#include "cofi/delimited.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "cofi/utf8.hpp"

#include "data/row_parser.hpp"
#include "data/source.hpp"
#include "data/summary.hpp"

namespace cofi {
namespace {

using data::RowParser;

// Chunks do not depend on the number of threads, though the result would be the same.
constexpr std::size_t kChunkBytes = std::size_t{4} << 20;

// A column being written: left uninitialized, so that each thread touches its own pages first.
template <class T>
struct Buffer {
  std::shared_ptr<T[]> values;

  explicit Buffer(std::int64_t n) : values(new T[static_cast<std::size_t>(n)]) {}
  T* at(std::int64_t row) const { return values.get() + row; }
  Column<T> column(std::int64_t n) const {
    return {values, View<T>(values.get(), static_cast<std::size_t>(n))};
  }
};

// A part of the text, from a line's start to a line's end, and what was read from it.
struct Chunk {
  const data::Source* source = nullptr;
  std::size_t begin = 0, end = 0;
  std::string_view section, last_section;  // in which it begins and, where it has any, its last
  std::int64_t first = 0;                  // where its rows begin in the buffers
  std::int64_t rows = 0, lines = 0, skipped = 0;
  std::string first_skipped;  // what the first malformed line is
  Vocabulary users, items;    // its own; merged in chunk order, then emptied
};

class Reader {
 public:
  Reader(const std::vector<FileBytes>& files, const DelimitedFormat& format, const ThreadPool& pool)
      : format_(format), pool_(pool) {
    sources_.reserve(files.size());
    for (const FileBytes& file : files) {
      const data::Source& source =
          sources_.emplace_back(file, format, data::wanted_columns(format));
      const data::Layout& layout = source.layout();
      if (format.section.empty() && layout.used[0] == layout.used[1]) {
        throw Error(source.place(0), ": user and item are both ", layout.titles[0],
                    "; expected a column each");
      }
      cut(source);
    }
    measure();
  }

  Data read() {
    const Buffer<std::int32_t> users(capacity_), items(capacity_);
    const Buffer<float> values(capacity_);
    const Buffer<std::int64_t> times(format_.time.empty() ? 0 : capacity_);
    Data data;
    // A few chunks at a time, so that their vocabularies never take much memory together.
    const std::size_t wave = 4 * static_cast<std::size_t>(pool_.threads());
    for (std::size_t begin = 0; begin < chunks_.size(); begin += wave) {
      const std::size_t size = std::min(wave, chunks_.size() - begin);
      pool_.run(static_cast<std::int64_t>(size), [&](std::int64_t n) {
        Chunk& chunk = chunks_[begin + static_cast<std::size_t>(n)];
        parse(chunk, users.at(chunk.first), items.at(chunk.first), values.at(chunk.first),
              times.at(format_.time.empty() ? 0 : chunk.first));
      });
      pool_.run(2, [&](std::int64_t side) {
        if (side == 0) merge(begin, size, &Chunk::users, data.users, users);
        if (side == 1) merge(begin, size, &Chunk::items, data.items, items);
      });
    }
    const std::int64_t rows = close_gaps(users, items, values, times);
    data.interactions = {users.column(rows), items.column(rows), values.column(rows),
                         times.column(format_.time.empty() ? 0 : rows)};
    count(data);
    return data;
  }

 private:
  // Cuts a text at line ends.
  void cut(const data::Source& source) {
    const std::string_view text = source.text();
    for (std::size_t begin = source.body(); begin < text.size();) {
      std::size_t end = std::min(begin + kChunkBytes, text.size());
      if (end < text.size()) end = std::min(text.find('\n', end - 1), text.size() - 1) + 1;
      Chunk& chunk = chunks_.emplace_back();
      chunk.source = &source, chunk.begin = begin, chunk.end = end;
      begin = end;
    }
  }

  // Gives each chunk as much room as it has lines, and the section in which it begins.
  void measure() {
    std::vector<std::int64_t> lines(chunks_.size());
    pool_.run(static_cast<std::int64_t>(chunks_.size()), [&](std::int64_t n) {
      Chunk& chunk = chunks_[static_cast<std::size_t>(n)];
      const std::string_view part =
          chunk.source->text().substr(chunk.begin, chunk.end - chunk.begin);
      lines[static_cast<std::size_t>(n)] =
          std::count(part.begin(), part.end(), '\n') + (part.back() == '\n' ? 0 : 1);
      if (!format_.section.empty()) chunk.last_section = last_section(part);
    });
    std::string_view section;
    for (std::size_t n = 0; n < chunks_.size(); ++n) {
      Chunk& chunk = chunks_[n];
      chunk.first = capacity_;
      capacity_ += lines[n];
      if (n > 0 && chunk.source != chunks_[n - 1].source) section = {};
      chunk.section = section;
      if (!chunk.last_section.empty()) section = chunk.last_section;
    }
    if (capacity_ > std::numeric_limits<std::int32_t>::max()) {
      throw Error(sources_.front().place(0), ": there are ", capacity_,
                  " lines; at most 2147483647 can be read");
    }
  }

  // The name of the last section that a part of the text heads, searched from its end.
  std::string_view last_section(std::string_view part) const {
    std::string_view name;
    for (std::size_t end = part.size(); end > 0;) {
      const std::size_t before = part.rfind('\n', end - 1);
      std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
      const std::size_t next = begin == 0 ? 0 : before;
      if (data::heads_section(data::next_line(part, begin), format_, name)) return name;
      end = next;
    }
    return {};
  }

  void parse(Chunk& chunk, std::int32_t* users, std::int32_t* items, float* values,
             std::int64_t* times) {
    const data::Source& source = *chunk.source;
    RowParser parser(format_, source.splitter(), source.layout());
    const std::string_view text = source.text().substr(0, chunk.end);
    data::Row row;
    row.item = chunk.section;
    std::string problem, last_user;  // files are mostly sorted by user
    std::int32_t user = 0, item = 0;
    const char* named = nullptr;  // the name whose id `item` is, under a section
    for (std::size_t at = chunk.begin; at < chunk.end;) {
      const std::size_t start = at;
      const std::string_view line = data::next_line(text, at);
      if (data::is_passed_over(line, format_.comment)) continue;
      if (data::heads_section(line, format_, row.item)) continue;
      ++chunk.lines;
      if (!parser.parse(line, row, problem)) {
        if (!format_.skip_malformed) throw source.malformed(start, problem);
        if (chunk.skipped++ == 0) chunk.first_skipped = source.malformed(start, problem).what();
        continue;
      }
      if (row.user != last_user) {
        user = chunk.users.add(row.user);
        last_user.assign(row.user);
      }
      const std::int64_t n = chunk.rows++;
      users[n] = user;
      if (format_.section.empty() || row.item.data() != named) {
        item = chunk.items.add(row.item);
        named = row.item.data();
      }
      items[n] = item;
      values[n] = row.value;
      if (!format_.time.empty()) times[n] = row.time;
    }
  }

  // Adds the chunks' vocabularies to the whole one, in chunk order, and turns their ids into its.
  void merge(std::size_t begin, std::size_t size, Vocabulary Chunk::*part, Vocabulary& whole,
             const Buffer<std::int32_t>& ids) {
    std::vector<std::int32_t> global;
    for (std::size_t n = begin; n < begin + size; ++n) {
      Chunk& chunk = chunks_[n];
      Vocabulary& local = chunk.*part;
      global.resize(static_cast<std::size_t>(local.size()));
      for (std::int32_t id = 0; id < local.size(); ++id) {
        const std::string_view name = local.name(id);
        global[static_cast<std::size_t>(id)] =
            format_.latin1 ? whole.add(utf8_of_latin1(name)) : whole.add(name);
      }
      local = Vocabulary();
      std::int32_t* const mine = ids.at(chunk.first);
      for (std::int64_t row = 0; row < chunk.rows; ++row) {
        mine[row] = global[static_cast<std::size_t>(mine[row])];
      }
    }
  }

  // Moves the chunks' rows together where blank or malformed lines left room between them.
  template <class... Buffers>
  std::int64_t close_gaps(const Buffers&... buffers) const {
    std::int64_t rows = 0;
    for (const Chunk& chunk : chunks_) {
      if (chunk.first != rows) {
        (move_down(buffers, chunk, rows), ...);
      }
      rows += chunk.rows;
    }
    return rows;
  }

  template <class T>
  void move_down(const Buffer<T>& buffer, const Chunk& chunk, std::int64_t to) const {
    if (std::is_same_v<T, std::int64_t> && format_.time.empty()) return;
    std::memmove(buffer.at(to), buffer.at(chunk.first),
                 static_cast<std::size_t>(chunk.rows) * sizeof(T));
  }

  void count(Data& data) const {
    std::int64_t lines = 0, skipped = 0;
    std::string first;
    for (const Chunk& chunk : chunks_) {
      if (first.empty()) first = chunk.first_skipped;
      lines += chunk.lines;
      skipped += chunk.skipped;
    }
    if (data.interactions.size() == 0) {
      throw Error(sources_.front().name(), ": no interactions: ",
                  lines == 0 ? "nothing follows the header"
                             : "every line is malformed, the first being " + first);
    }
    data.counts = {{"lines", lines}, {"skipped_lines", skipped}};
    if (skipped > 0) {
      data.note = std::to_string(skipped) + " malformed line" + (skipped == 1 ? "" : "s") +
                  " skipped, the first being " + first;
    }
  }

  const DelimitedFormat& format_;
  const ThreadPool& pool_;
  std::vector<data::Source> sources_;
  std::vector<Chunk> chunks_;
  std::int64_t capacity_ = 0;  // rows that the buffers have room for
};

// Moves the rows that say "not rated" from the interactions to the feedback set "unrated".
void set_unrated_apart(Data& data, float unrated, const ThreadPool& pool) {
  std::vector<std::int32_t> with, without;
  for (std::size_t row = 0; row < data.interactions.size(); ++row) {
    const bool rated = data.interactions.values[row] != unrated;
    (rated ? with : without).push_back(static_cast<std::int32_t>(row));
  }
  data.counts.emplace_back("unrated", without.size());
  if (with.empty()) throw Error("no interactions: each value is ", unrated, ", which is no rating");
  if (without.empty()) return;
  Interactions apart = data.interactions.rows(without, pool);
  apart.values = Column<float>(std::vector<float>(apart.size(), 1));
  data.interactions = data.interactions.rows(with, pool);
  data.feedback["unrated"] = std::move(apart);
}

}  // namespace

Data read_delimited(const FileBytes& file, const DelimitedFormat& format, const ThreadPool& pool) {
  return read_delimited(std::vector<FileBytes>{file}, format, pool);
}

Data read_delimited(const std::vector<FileBytes>& files, const DelimitedFormat& format,
                    const ThreadPool& pool) {
  Data data = Reader(files, format, pool).read();
  for (const FileBytes& file : files) data.sources.push_back(file.name());
  std::int64_t duplicates = 0;
  try {
    if (format.unrated) set_unrated_apart(data, *format.unrated, pool);
    duplicates = resolve_duplicates(data, format.duplicates, pool);
  } catch (const Error& error) {
    throw Error(files.front().name(), files.size() == 1 ? ": " : " and others: ", error.what());
  }
  data.counts.emplace_back("duplicates", duplicates);
  data.scale = format.scale ? *format.scale : data::range_of(data.interactions.values);
  return data;
}

std::vector<std::vector<std::string>> read_columns(const FileBytes& file,
                                                   const DelimitedFormat& format,
                                                   const std::vector<std::string>& columns) {
  const data::Source source(file, format, columns);
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string_view> fields;
  std::string scratch, problem;
  for (std::size_t at = source.body(); at < source.text().size();) {
    const std::size_t start = at;
    const std::string_view line = data::next_line(source.text(), at);
    if (data::is_passed_over(line, format.comment)) continue;
    if (!data::split_line(line, source.splitter(), source.layout(), fields, scratch, problem)) {
      throw source.malformed(start, problem);
    }
    std::vector<std::string>& wanted = lines.emplace_back();
    for (const std::size_t column : source.layout().used) wanted.emplace_back(fields[column]);
  }
  return lines;
}

}  // namespace cofi
