// The file: 64 bytes of header (magic, where the table is, its size and checksum), sections that
// each begin at a multiple of 64, and the table: JSON that says where each section is and what the
// checksums of its blocks are.
#include "data/column_file.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "cofi/files.hpp"

#include "data/checksum.hpp"

namespace cofi::data {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMagic = "cofi columns 1\n";  // with its null 16 bytes
constexpr std::size_t kHeader = 64, kAlignment = 64, kBlock = std::size_t{1} << 20;

struct Header {
  std::array<char, 16> magic{};
  std::uint64_t table = 0, table_size = 0, table_checksum = 0;
};

std::string_view block_of(std::string_view bytes, std::size_t n) {
  return bytes.substr(n * kBlock, kBlock);
}
std::size_t blocks_of(std::size_t bytes) { return (bytes + kBlock - 1) / kBlock; }

// A list of texts as two sections: their bytes, and where each ends.
struct Texts {
  std::string bytes;
  std::vector<std::uint64_t> ends;
  void add(std::string_view text) {
    bytes.append(text);
    ends.push_back(bytes.size());
  }
};

class FileWriter {
 public:
  explicit FileWriter(const std::string& path) : path_(path) {
    static std::atomic<unsigned> number{0};
    temporary_ = path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file_ < 0) fail("write");
  }
  ~FileWriter() {
    if (file_ >= 0) ::close(file_);
    if (!done_) ::unlink(temporary_.c_str());
  }
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void write(std::string_view bytes, std::uint64_t at) {
    while (!bytes.empty()) {
      const ssize_t wrote = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail("write");
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      at += static_cast<std::uint64_t>(wrote);
    }
  }
  void finish() {
    if (::fsync(file_) != 0) fail("sync");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename onto");
    done_ = true;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error("cannot ", what, " ", path_, ": ", std::strerror(errno));
  }

  std::string path_, temporary_;
  int file_ = -1;
  bool done_ = false;
};

class Writer {
 public:
  Writer(const std::string& path, const ThreadPool& pool) : file_(path), pool_(pool) {}

  void section(const std::string& name, std::string_view bytes) {
    std::vector<std::uint64_t> checksums(blocks_of(bytes.size()));
    pool_.run(static_cast<std::int64_t>(checksums.size()), [&](std::int64_t n) {
      const auto at = static_cast<std::size_t>(n);
      checksums[at] = checksum(block_of(bytes, at));
    });
    file_.write(bytes, end_);
    table_["sections"].push_back(
        {{"name", name}, {"at", end_}, {"size", bytes.size()}, {"checksums", checksums}});
    end_ += (bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
  }
  template <class Values>
  void values(const std::string& name, const Values& values) {
    section(name,
            {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(*values.data())});
  }
  void texts(const std::string& name, const Texts& texts) {
    section(name + ".bytes", texts.bytes);
    values(name + ".ends", texts.ends);
  }
  void interactions(const std::string& name, const Interactions& rows) {
    values(name + ".users", rows.users);
    values(name + ".items", rows.items);
    values(name + ".values", rows.values);
    values(name + ".times", rows.times);
  }
  void fact(const std::string& name, Json value) { table_[name] = std::move(value); }

  std::uint64_t finish() {
    const std::string table = table_.dump();
    Header header;
    std::memcpy(header.magic.data(), kMagic.data(), kMagic.size());
    header.table = end_;
    header.table_size = table.size();
    header.table_checksum = checksum(table);
    file_.write(table, end_);
    file_.write({reinterpret_cast<const char*>(&header), sizeof header}, 0);
    file_.finish();
    return end_ + table.size();
  }

 private:
  FileWriter file_;
  const ThreadPool& pool_;
  std::uint64_t end_ = kHeader;
  Json table_ = {{"sections", Json::array()}};
};

class ColumnReader {
 public:
  ColumnReader(const std::string& path, const ThreadPool& pool)
      : file_(std::make_shared<const FileBytes>(FileBytes::open(path))), bytes_(file_->bytes()) {
    Header header;
    if (bytes_.size() < kHeader) throw damaged("it is cut short");
    std::memcpy(&header, bytes_.data(), sizeof header);
    if (std::string_view(header.magic.data(), kMagic.size()) != kMagic) {
      throw damaged("it does not begin as such a file does");
    }
    if (header.table > bytes_.size() || header.table_size != bytes_.size() - header.table) {
      throw damaged("it is cut short");
    }
    const std::string_view table = bytes_.substr(header.table);
    if (checksum(table) != header.table_checksum) throw damaged("its table is not as written");
    table_ = Json::parse(table);
    check(pool);
  }

  std::string_view section(const std::string& name) const {
    for (const Json& each : table_.at("sections")) {
      if (each.at("name") == name) return section(each);
    }
    throw damaged("it has no '" + name + "'");
  }
  template <class T>
  View<T> values(const std::string& name) const {
    const std::string_view bytes = section(name);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  Column<T> column(const std::string& name) const {
    return {file_, values<T>(name)};
  }
  template <class Use>
  void texts(const std::string& name, const Use& use) const {
    const std::string_view bytes = section(name + ".bytes");
    std::uint64_t start = 0;
    for (const std::uint64_t end : values<std::uint64_t>(name + ".ends")) {
      use(bytes.substr(start, end - start));
      start = end;
    }
  }
  Interactions interactions(const std::string& name) const {
    return {column<std::int32_t>(name + ".users"), column<std::int32_t>(name + ".items"),
            column<float>(name + ".values"), column<std::int64_t>(name + ".times")};
  }
  const Json& fact(const char* name) const { return table_.at(name); }

 private:
  std::string_view section(const Json& entry) const {
    return bytes_.substr(entry.at("at").get<std::size_t>(), entry.at("size").get<std::size_t>());
  }

  void check(const ThreadPool& pool) const {
    struct Block {
      std::string_view bytes;
      std::uint64_t expected;
      const Json* section;
    };
    std::vector<Block> blocks;
    for (const Json& each : table_.at("sections")) {
      const std::string_view bytes = section(each);
      const Json& checksums = each.at("checksums");
      for (std::size_t n = 0; n < checksums.size(); ++n) {
        blocks.push_back({block_of(bytes, n), checksums[n].get<std::uint64_t>(), &each});
      }
    }
    pool.run(static_cast<std::int64_t>(blocks.size()), [&](std::int64_t n) {
      const Block& block = blocks[static_cast<std::size_t>(n)];
      if (checksum(block.bytes) == block.expected) return;
      throw damaged("its '" + block.section->at("name").get<std::string>() + "' is not as written");
    });
  }

  Error damaged(const std::string& how) const { return Error(file_->name(), " is damaged: ", how); }

  std::shared_ptr<const FileBytes> file_;
  std::string_view bytes_;
  Json table_;
};

Texts names_of(const Vocabulary& vocabulary) {
  Texts names;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) names.add(vocabulary.name(id));
  return names;
}

std::uint64_t size_of(const Interactions& rows) {
  const auto bytes = [](const auto& column) { return column.size() * sizeof(*column.data()); };
  return bytes(rows.users) + bytes(rows.items) + bytes(rows.values) + bytes(rows.times);
}
std::uint64_t size_of(const Vocabulary& names) {
  std::uint64_t size = 0;
  for (std::int32_t id = 0; id < names.size(); ++id) {
    size += names.name(id).size() + sizeof(std::uint64_t);
  }
  return size;
}

}  // namespace

std::uint64_t least_columns_size(const Data& data) {
  std::uint64_t size = kHeader + size_of(data.interactions) + size_of(data.users) +
                       size_of(data.items) + data.expected.size() * sizeof(float);
  for (const auto& [name, rows] : data.feedback) size += size_of(rows);
  return size;
}

std::uint64_t write_columns(const Data& data, const std::string& path, const ThreadPool& pool) {
  Writer writer(path, pool);
  writer.interactions("interactions", data.interactions);
  writer.values("expected", data.expected);
  writer.texts("users", names_of(data.users));
  writer.texts("items", names_of(data.items));
  Json feedback = Json::array();
  for (const auto& [name, rows] : data.feedback) {
    writer.interactions("feedback." + name, rows);
    feedback.push_back(name);
  }
  Texts titles, tags;
  for (const std::string& title : data.titles) titles.add(title);
  writer.texts("titles", titles);
  std::vector<std::int32_t> tag_counts;
  for (const auto& each : data.tags) {
    for (const std::string& tag : each) tags.add(tag);
    tag_counts.push_back(static_cast<std::int32_t>(each.size()));
  }
  writer.texts("tags", tags);
  writer.values("tag_counts", tag_counts);
  writer.fact("feedback", feedback);
  writer.values("scale", std::array<float, 2>{data.scale.low, data.scale.high});
  return writer.finish();
}

Data read_columns_file(const std::string& path, const ThreadPool& pool) {
  const ColumnReader reader(path, pool);
  Data data;
  data.interactions = reader.interactions("interactions");
  data.expected = reader.column<float>("expected");
  pool.run(2, [&](std::int64_t side) {
    Vocabulary& names = side == 0 ? data.users : data.items;
    reader.texts(side == 0 ? "users" : "items", [&](std::string_view name) { names.add(name); });
  });
  for (const Json& name : reader.fact("feedback")) {
    data.feedback[name] = reader.interactions("feedback." + name.get<std::string>());
  }
  reader.texts("titles", [&](std::string_view title) { data.titles.emplace_back(title); });
  std::vector<std::string> tags;
  reader.texts("tags", [&](std::string_view tag) { tags.emplace_back(tag); });
  auto next = tags.begin();
  for (const std::int32_t count : reader.values<std::int32_t>("tag_counts")) {
    data.tags.emplace_back(next, next + count);
    next += count;
  }
  const auto scale = reader.values<float>("scale");
  data.scale = {scale[0], scale[1]};
  return data;
}

}  // namespace cofi::data
