#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "run/checkpoint.hpp"
#include "support/run_ranks.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;
using Catch::Contains;
using cofi::Archive;
using cofi::Communicator;
using cofi::World;
using cofi::run::Checkpoint;
using cofi::run::Folder;
using cofi::run::Ranks;
using Texts = std::vector<std::string>;

namespace {

at::Tensor table(double factor) { return at::arange(21, at::kFloat).reshape({7, 3}) * factor; }

Archive state(double factor) {
  Archive archive;
  at::Tensor rows = table(factor), few = at::arange(2, at::kLong);
  std::string name = "svd";
  std::int64_t epochs = 5;
  archive("rows", rows);
  archive("few", few);
  archive("name", name);
  archive("epochs", epochs);
  return archive;
}

// "" where it is state(factor), else what differs.
std::string wrong(Archive found, double factor) {
  at::Tensor rows, few;
  std::string name;
  std::int64_t epochs = 0;
  found("rows", rows);
  found("few", few);
  found("name", name);
  found("epochs", epochs);
  if (!at::equal(rows, table(factor))) return "rows";
  if (!at::equal(few, at::arange(2, at::kLong))) return "few";
  return name == "svd" && epochs == 5 ? "" : "name or epochs";
}

// What the body says on each rank of a world of so many, whose ranks have these folders (all the
// last one, from there on).
Texts said(int size, const Texts& paths,
           const std::function<std::string(const Checkpoint&)>& body) {
  Texts all(static_cast<std::size_t>(size));
  cofi::test::run_ranks(size, [&](Communicator& world, const World& place) {
    const Ranks ranks(place, world);
    const auto rank = static_cast<std::size_t>(place.rank);
    try {
      const Folder folder(paths[std::min(rank, paths.size() - 1)], true, ranks);
      all[rank] = body(Checkpoint(folder, "fit"));
    } catch (const cofi::Error& error) {
      all[rank] = error.what();
    }
    ranks.wait();
  });
  return all;
}

Texts files(const std::string& path) {
  Texts names;
  for (const auto& entry : fs::directory_iterator(path + "/checkpoints")) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string write(const Checkpoint& checkpoint, double factor) {
  checkpoint.write(state(factor));
  return "";
}

}  // namespace

TEST_CASE("a checkpoint in shards") {
  const cofi::test::TempFolder temp;
  const std::string path = temp / "run";
  const auto write_by = [&](int size, double factor) {
    CHECK(said(size, {path}, [&](const Checkpoint& it) { return write(it, factor); }) ==
          Texts(static_cast<std::size_t>(size)));
  };
  const auto read_by = [&](int size) {
    return said(size, {path}, [](const Checkpoint& it) { return wrong(it.read(), 2); });
  };
  SECTION("one rank's is a file") {
    write_by(1, 2);
    CHECK(files(path) == Texts{"fit.pt"});
    CHECK(read_by(1) == Texts{""});
    CHECK(read_by(3) == Texts(3));
  }
  SECTION("each rank has its share of the rows, and any number of ranks reads it") {
    write_by(3, 2);
    REQUIRE(files(path).size() == 3);
    Archive first = Archive::read(path + "/checkpoints/fit.pt");
    at::Tensor rows;
    first("rows", rows);
    CHECK(rows.size(0) == 2);
    for (const int size : {1, 2, 3, 4})
      CHECK(read_by(size) == Texts(static_cast<std::size_t>(size)));
  }
  SECTION("the shards of the one before go") {
    write_by(3, 1);
    const Texts before = files(path);
    write_by(2, 2);
    CHECK(files(path).size() == 2);
    CHECK(files(path) != before);
    CHECK(read_by(2) == Texts(2));
    write_by(1, 2);
    CHECK(files(path) == Texts{"fit.pt"});
  }
  SECTION("what a world that died has written of the next one is not looked at") {
    write_by(2, 2);
    temp.write("run/checkpoints/fit-0123456789abcdef.shard", "half of");
    CHECK(read_by(2) == Texts(2));
    write_by(2, 2);
    CHECK(files(path).size() == 2);
  }
  SECTION("missing or damaged shards are named on every rank") {
    write_by(2, 2);
    const std::string shard = path + "/checkpoints/" + files(path).front();
    REQUIRE_THAT(shard, Contains(".shard"));
    std::string bytes = cofi::test::read_file(shard);
    bytes[bytes.size() / 2] ^= 1;
    fs::remove(shard);
    for (const std::string& said : read_by(2)) {
      CHECK_THAT(said, Contains(shard) && Contains("no rank has it") && Contains("--out"));
    }
    temp.write("run/checkpoints/" + fs::path(shard).filename().string(), bytes);
    for (const std::string& said : read_by(2)) CHECK_THAT(said, Contains(shard + " is damaged"));
    // Which ends the run, and is not the fit's failure.
    const auto kind = [](const Checkpoint& it) -> std::string {
      try {
        it.read();
      } catch (const cofi::run::FolderError&) {
        return "the folder's";
      }
      return "";
    };
    CHECK(said(2, {path}, kind) == Texts(2, "the folder's"));
  }
  SECTION("is removed whole") {
    write_by(3, 2);
    CHECK(said(3, {path}, [](const Checkpoint& it) {
            it.remove();
            return it.exists() ? "there" : "";
          }) == Texts(3));
    CHECK(files(path).empty());
  }
  SECTION("ranks whose folders are not the same go on where the same ranks come back") {
    const Texts own{path, temp / "other/run"};
    CHECK(said(2, own, [](const Checkpoint& it) { return write(it, 2); }) == Texts(2));
    CHECK(files(path) == Texts{"fit.pt"});
    CHECK(files(own[1]).size() == 1);
    CHECK(said(2, own, [](const Checkpoint& it) { return wrong(it.read(), 2); }) == Texts(2));
    CHECK_THAT(read_by(1).front(), Contains("no rank has it"));
    CHECK(said(2, own, [](const Checkpoint& it) {
            it.remove();
            return std::string();
          }) == Texts(2));
    CHECK(files(own[1]).empty());
  }
}

TEST_CASE("a shard holds its own rows alone") {
  at::Tensor rows = at::ones({1000, 64}), ends = at::ones({1000});
  Archive whole;
  whole("rows", rows);
  whole("ends", ends);
  const std::size_t bytes = sizeof(float) * 1000 * 65;
  CHECK(whole.bytes().size() > bytes);
  for (int n = 0; n < 4; ++n) {
    const std::size_t size = whole.shard(n, 4).bytes().size();
    CHECK(size > bytes / 4);
    CHECK(size < bytes / 4 + 4096);
  }
}
