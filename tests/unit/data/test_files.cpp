#include <catch2/catch.hpp>

#include "cofi/files.hpp"

#include "support/temp_folder.hpp"

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
