// The check of the layers must be able to fail: each rule is broken here once.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace {

struct Fault {
  std::string file, line, why;
};

const std::vector<Fault> kFaults = {
    {"framework/include/cofi/a.hpp", "#include <fmt/format.h>", "ATen, c10 and std alone"},
    {"framework/include/cofi/a.hpp", "#include \"run/runner.hpp\"", "public headers (cofi/...)"},
    {"framework/src/run/a.cpp", "#include <yaml-cpp/yaml.h>", "yaml-cpp is known to"},
    {"framework/src/run/a.cpp", "#include <boost/dll/shared_library.hpp>", "Boost.DLL is known to"},
    {"framework/src/run/a.cpp", "#include <boost/program_options.hpp>", "known to tools/cofi"},
    {"framework/src/run/a.cpp", "#include <boost/asio.hpp>", "Boost.Asio is known to"},
    {"framework/src/world/a.cpp", "#include <torch/csrc/distributed/c10d/Store.hpp>",
     "c10d is known"},
    {"framework/src/train/a.cpp", "#include \"world/store.hpp\"", "known to runs alone"},
    {"framework/src/data/a.cpp", "#include <sqlite3.h>", "SQLite is known to"},
    {"framework/src/run/a.cpp", "#include <archive.h>", "libarchive is known to"},
    {"framework/src/train/a.cpp", "#include <torch/torch.h>", "not all of them"},
    {"framework/src/train/a.cpp", "  #  include \"../../plugins/x.hpp\"", "climbs out"},
    {"framework/src/train/a.cpp", "#include \"mine.hpp\"", "its own files"},
    {"framework/src/train/a.cpp", "#include \"run/runner.hpp\"", "nothing below the runner"},
    {"framework/src/run/a.cpp", "#include \"report/page.hpp\"", "nothing of their reports"},
    {"framework/src/report/a.cpp", "#include \"spec/tree.hpp\"", "specs are known to"},
    {"framework/src/data/a.cpp", "#include \"spec/tree.hpp\"", "specs are known to"},
    {"framework/src/spec/a.cpp", "#include <ATen/core/Tensor.h>", "without LibTorch"},
    {"framework/src/run/a.cpp", "auto x = \"model/mine\";", "names the plugin model/mine"},
    {"plugins/model/mine/mine.cpp", "#include <torch/torch.h>", "not all of them"},
    {"plugins/model/mine/mine.cpp", "#include <boost/dll.hpp>", "Boost.DLL is known to"},
    {"plugins/model/mine/mine.cpp", "#include <nlohmann/json.hpp>", "LibTorch and std alone"},
    {"plugins/model/mine/mine.cpp", "#include <sqlite3.h>", "and dataset/sqlite alone"},
    {"plugins/dataset/sqlite/sqlite.cpp", "#include <archive.h>", "libarchive is known to"},
    {"plugins/model/mine/mine.cpp", "#include \"run/runner.hpp\"", "their own folder"},
    {"plugins/model/mine/mine.cpp", "#include \"../other/other.hpp\"", "climbs out of its folder"},
    {"plugins/model/mine/mine.cpp", "#include <mpi.h>", "the backends alone"},
    {"README.md",
     "from https:"
     "//registry.invalid/x",
     "names the host registry.invalid"},
};

}  // namespace

TEST_CASE("check_layers finds what points the wrong way") {
  const cofi::test::TempFolder root;
  root.write("framework/include/cofi/b.hpp", "// as \"model/mine\"\n");
  root.write("framework/include/cofi/a.hpp", "#include \"cofi/b.hpp\"\n#include <vector>\n");
  root.write("framework/src/run/runner.hpp", "#include <fmt/format.h>\n");
  root.write("framework/src/run/a.cpp", "#include \"run/runner.hpp\"\n#include <sqlite3.h>\n");
  root.write("framework/src/report/page.hpp", "#include \"run/runner.hpp\"\n");
  root.write("framework/src/spec/tree.hpp", "#include <yaml-cpp/yaml.h>\n");
  root.write("framework/src/world/store.hpp", "#include <boost/asio.hpp>\n");
  root.write("plugins/model/mine/own.hpp", "#include \"cofi/model.hpp\"\n");
  root.write("plugins/model/mine/mine.cpp", "#include \"own.hpp\"\n#include <ATen/ops/dot.h>\n");
  root.write("plugins/model/mine/test_mine.cpp", "#include \"support/runner.hpp\"\n");
  root.write("plugins/model/other/other.hpp", "");
  root.write("plugins/dataset/sqlite/sqlite.cpp", "#include <sqlite3.h>\n");
  const auto check = [&] { return cofi::test::shell("tools/check_layers '" + (root / "'")); };

  SECTION("a good tree passes") {
    const auto outcome = check();
    CHECK(outcome.out == "layers: every include points the right way\n");
    CHECK(outcome.code == 0);
  }
  SECTION("each fault is found, with its place and the rule") {
    for (const Fault& fault : kFaults) {
      root.write(fault.file, "// first line\n" + fault.line + "\n");
      const auto outcome = check();
      INFO(fault.file << ": " << fault.line << "\n" << outcome.out << outcome.err);
      CHECK(outcome.code == 1);
      CHECK_THAT(outcome.out, Catch::StartsWith(fault.file + ":2: "));
      CHECK_THAT(outcome.out, Catch::Contains(fault.why));
      CHECK_THAT(outcome.out, Catch::EndsWith("1 broken rule\n"));
      root.write(fault.file, "");
    }
  }
  SECTION("a folder that is not the project is refused, not passed") {
    const auto outcome = cofi::test::shell("tools/check_layers /usr/include");
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Catch::Contains("it is not this project"));
  }
}

TEST_CASE("this project keeps to its layers") {
  const auto outcome = cofi::test::shell("tools/check_layers");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
}
