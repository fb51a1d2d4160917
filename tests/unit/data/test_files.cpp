#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "cofi/files.hpp"

#include "support/temp_folder.hpp"
#include "support/zip.hpp"

using cofi::archive_members;
using cofi::FileBytes;
using cofi::FileTree;
using cofi::SearchPath;
using cofi::write_file;
using Names = std::vector<std::string>;

TEST_CASE("a relative path is looked for in each folder, and packed as well") {
  const cofi::test::TempFolder root;
  root.write("first/both/a.csv", "");
  root.write("second/both/a.csv", "");
  root.write("second/packed.zip", "");
  root.write("second/two/a.csv", "");
  root.write("second/two.zip", "");
  const cofi::SearchPath paths{{root / "first", root / "second"}};

  CHECK(paths.find("both") == root / "first/both");
  CHECK(paths.find("packed") == root / "second/packed.zip");
  CHECK(paths.find("packed.zip") == root / "second/packed.zip");
  CHECK(paths.find("two") == root / "second/two");
  CHECK(paths.find(root / "second/packed") == root / "second/packed.zip");
  CHECK_THROWS_WITH(paths.find("none"), "no file or folder 'none'; looked for\n  " +
                                            (root / "first/none") + " (or .zip)\n  " +
                                            (root / "second/none") + " (or .zip)");
}

TEST_CASE("reading and writing files") {
  const cofi::test::TempFolder folder;
  SECTION("bytes of a file, mapped") {
    CHECK(FileBytes::open(folder.write("f", std::string("a\0b", 3))).bytes() ==
          std::string("a\0b", 3));
    CHECK(FileBytes::open(folder.write("empty", "")).bytes().empty());
    CHECK(FileBytes::open(folder / "f").name() == folder / "f");
    CHECK_THROWS_WITH(FileBytes::open(folder / "none"),
                      "cannot open " + (folder / "none") + ": No such file or directory");
    CHECK_THROWS_WITH(FileBytes::open(folder.path().string()),
                      "cannot read " + folder.path().string() + ": not a regular file");
  }
  SECTION("members of an archive") {
    const std::string zip = cofi::test::write_zip(
        folder / "z.zip", {{"d/a.txt", std::string(100000, 'x')}, {"d/e/b.txt", "y"}});
    CHECK(archive_members(zip) == Names{"d/a.txt", "d/e/b.txt"});
    const FileBytes file = FileBytes::unpack(zip, "d/a.txt");
    CHECK(file.bytes() == std::string(100000, 'x'));
    CHECK(file.name() == zip + ":d/a.txt");
    CHECK_THROWS_WITH(FileBytes::unpack(zip, "c"), zip + " has no member 'c'");
    CHECK_THROWS_WITH(archive_members(folder / "none"),
                      Catch::Contains("cannot read " + (folder / "none") + " as an archive"));
    CHECK_THROWS_WITH(archive_members(folder.write("no.zip", "text")),
                      Catch::Contains("cannot read " + (folder / "no.zip")));
    // Cut off in the middle of the first member.
    const std::string cut =
        folder.write("cut.zip", std::string(FileBytes::open(zip).bytes().substr(0, 60)));
    CHECK_THROWS_WITH(FileBytes::unpack(cut, "d/a.txt"), Catch::Contains("cut.zip"));
  }
  SECTION("what is packed is known by its first bytes") {
    const std::string zip = cofi::test::write_zip(folder / "p.zip", {{"a.txt", "x"}});
    CHECK(cofi::is_packed(FileBytes::open(zip).bytes()));
    CHECK(cofi::is_packed("\x1f\x8b\x08"));
    CHECK_FALSE(cofi::is_packed("PK,item,rating\n"));
    CHECK_FALSE(cofi::is_packed(""));
  }
  SECTION("a folder and an archive are looked through alike") {
    for (const char* name : {"top.txt", "d/a.txt", "e/a.txt", "e/f/deep.txt"}) {
      folder.write("tree/" + std::string(name), name);
    }
    const std::string zip = cofi::test::write_zip(folder / "t.zip", {{"top.txt", "top.txt"},
                                                                     {"e/a.txt", "e/a.txt"},
                                                                     {"d/a.txt", "d/a.txt"},
                                                                     {"e/f/deep.txt", ""}});
    for (const std::string& path : {folder / "tree", zip}) {
      const FileTree tree(path);
      CHECK(tree.find("top.txt") == Names{"top.txt"});
      CHECK(tree.find("a.txt") == Names{"d/a.txt", "e/a.txt"});
      CHECK(tree.find("e/a.txt") == Names{"e/a.txt"});
      CHECK(tree.find("deep.txt").empty());
      CHECK(tree.find("none").empty());
      CHECK(tree.files().front() == "d/a.txt");
      CHECK(tree.files().back() == "top.txt");
      CHECK(tree.has("e/a.txt"));
      CHECK_FALSE(tree.has("a.txt"));
      CHECK(tree.open("e/a.txt").bytes() == "e/a.txt");
    }
  }
  SECTION("links to nowhere and to themselves are no files") {
    folder.write("links/a.txt", "a");
    std::filesystem::create_symlink("itself", folder / "links/itself");
    std::filesystem::create_symlink("nowhere", folder / "links/to-nowhere");
    std::filesystem::create_symlink("a.txt", folder / "links/b.txt");
    const FileTree tree(folder / "links");
    CHECK(tree.has("a.txt"));
    CHECK(tree.has("b.txt"));
    CHECK_FALSE(tree.has("itself"));
    CHECK_FALSE(tree.has("to-nowhere"));
  }
  SECTION("an archive made with tar's ./ before each name") {
    const std::string zip = cofi::test::write_zip(
        folder / "dots.zip",
        {{"./top.txt", "t"}, {"./d/a.txt", "a"}, {"./d/e/deep.txt", ""}, {"d/a.txt", "second"}});
    const FileTree tree(zip);
    CHECK(tree.find("top.txt") == Names{"top.txt"});
    CHECK(tree.find("a.txt") == Names{"d/a.txt"});
    CHECK(tree.find("deep.txt").empty());
    CHECK(tree.open("d/a.txt").bytes() == "a");
    CHECK(tree.open("d/a.txt").name() == zip + ":./d/a.txt");
  }
  SECTION("writing whole files") {
    const std::string path = folder / "out.txt";
    write_file(path, "first");
    write_file(path, "second");
    CHECK(FileBytes::open(path).bytes() == "second");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    CHECK_THROWS_WITH(write_file(folder / "none/out.txt", ""),
                      "cannot write " + (folder / "none/out.txt") + ": No such file or directory");
    std::filesystem::create_directory(folder / "taken");
    CHECK_THROWS_WITH(write_file(folder / "taken", ""),
                      Catch::Contains("cannot rename onto " + (folder / "taken")));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
  }
}
