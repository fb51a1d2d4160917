#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <optional>
#include <sys/resource.h>

#include "run/folder.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

using Catch::Contains;
using cofi::run::Folder;
using cofi::run::FolderError;

TEST_CASE("A run's folder") {
  const cofi::test::TempFolder temp;
  const std::string path = temp / "runs/one";

  SECTION("is made with the folders on the way, and goes again where nothing came into it") {
    {
      const Folder folder(path, false);
      CHECK(std::filesystem::is_directory(path));
    }
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SECTION("holds files whole") {
    {
      const Folder folder(path, false);
      folder.write("per_user/svd.csv", "user,rmse\n");
    }
    CHECK(cofi::test::read_file(path + "/per_user/svd.csv") == "user,rmse\n");
  }
  SECTION("belongs to one run at a time") {
    std::optional<Folder> first(std::in_place, path, false);
    CHECK_THROWS_WITH(Folder(path, false),
                      Contains("another run is working in " + path) && Contains("--out"));
    CHECK_NOTHROW(Folder(path, true));  // its own child
    first->write("cofi.db", "");
    first.reset();
    CHECK_NOTHROW(Folder(path, false));
  }
  SECTION("is not made of a folder whose files a run would overwrite") {
    temp.write("mine/spec.yaml", "name: mine\n");
    CHECK_THROWS_WITH(Folder(temp / "mine", false), Contains("'spec.yaml'") && Contains("--out"));
    CHECK(cofi::test::read_file(temp / "mine/spec.yaml") == "name: mine\n");
  }
  SECTION("cannot be made below a file") {
    temp.write("file", "");
    CHECK_THROWS_AS(Folder(temp / "file/run", false), FolderError);
    CHECK_THROWS_WITH(Folder(temp / "file/run", false),
                      Contains("cannot create the run's folder") && Contains("file/run"));
  }
  SECTION("is cleared of what runs write, and of nothing else") {
    temp.write("run/cofi.db", "");
    temp.write("run/models/svd.pt", "");
    temp.write("run/notes.txt", "mine");
    Folder(temp / "run", false).clear();
    CHECK_FALSE(std::filesystem::exists(temp / "run/cofi.db"));
    CHECK_FALSE(std::filesystem::exists(temp / "run/models"));
    CHECK(std::filesystem::exists(temp / "run/notes.txt"));
  }
  SECTION("keeps the old file whole where the disk takes no more") {
    const Folder folder(path, false);
    folder.write("results.csv", "old");
    // A file size limit stands for the full disk.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    std::string message;
    try {
      folder.write("results.csv", std::string(5000, 'x'));
    } catch (const FolderError& error) {
      message = error.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_DFL);
    CHECK_THAT(message, Contains("cannot write " + path + "/results.csv"));
    CHECK(cofi::test::read_file(path + "/results.csv") == "old");
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(path)) files += file.exists();
    CHECK(files == 1);  // no temporary file stays
  }
}
