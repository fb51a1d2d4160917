// What users get wrong at the shell: exit code 2, and what to do about it, on stderr alone.
#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "run_folder.hpp"

using Catch::Contains;
using cofi::test::shell;

namespace {

struct Mistake {
  std::string command;
  std::vector<std::string> says;
};

}  // namespace

TEST_CASE("mistakes at the command line exit with 2 and say what to do") {
  const cofi::test::TempFolder folder;
  folder.write("spec.yaml", cofi::test::kSpec);
  folder.write("empty.yaml", "");
  folder.write("broken.yaml", "name: x\nmodels: [\n");
  folder.write("twice.yaml", "name: x\nname: y\n");
  folder.write("binary.yaml", std::string("\x7f"
                                          "ELF\0\1\2",
                                          7));
  folder.write("models.yaml", "models: {svd: {use: sdv}, bias: {use: bias, reguser: 3}}\n");
  folder.write("a-file", "");
  const std::string endless(300, 'n');
  folder.write("from.yaml", "from: " + endless + ".yaml\nname: x\n");
  const std::vector<Mistake> mistakes = {
      {"cofi", {"Usage: cofi COMMAND"}},
      {"cofi rn spec.yaml", {"no command 'rn'", "did you mean 'run'"}},
      {"cofi run", {"takes SPEC", "cofi run --help"}},
      {"cofi run none.yaml", {"none.yaml: no such file"}},
      {"cofi run .", {"a folder, not a file"}},
      {"cofi run spec.yaml spec.yaml", {"takes SPEC"}},
      {"cofi run spec.yaml --oot x", {"no option '--oot'", "did you mean '--out'"}},
      {"cofi run spec.yaml --out", {"--out", "missing"}},
      {"cofi run spec.yaml --out a-file", {"a-file", "--out"}},
      {"cofi run spec.yaml --out /proc/x", {"/proc/x", "choose another with --out"}},
      {"cofi run spec.yaml --set x", {"--set x", "--set a.b.c=value"}},
      {"cofi run spec.yaml --set models.svd.factor=3",
       {"models.svd.factor", "did you mean 'factors'"}},
      {"cofi run spec.yaml --set models.svd.factors=0", {"models.svd.factors", "1 to 4096"}},
      {"cofi run spec.yaml --set threads=-1", {"threads", "-1"}},
      {"cofi run spec.yaml --set device=gpu", {"device", "'gpu'", "cpu"}},
      {"cofi run spec.yaml --np two", {"--np two", "a number from 1"}},
      {"cofi run spec.yaml --ranks 0-3", {"--ranks and --world belong together"}},
      {"cofi run spec.yaml --ranks 0 --world 4", {"--ranks 0", "--master HOST:PORT"}},
      {"cofi run spec.yaml --ranks 4 --world 4", {"--ranks 4", "0 to 3"}},
      {"cofi run spec.yaml --np 2 --ranks 0 --world 2", {"--np 2", "leave out --ranks"}},
      {"cofi run spec.yaml --master h:1", {"--master h:1", "--ranks and --world"}},
      {"cofi run spec.yaml --ranks 0 --world 2 --master 10.0.0.1", {"10.0.0.1", "HOST:PORT"}},
      {"cofi run spec.yaml --ranks 0 --world 2 --master 127.0.0.1:0", {"COFI_TOKEN", "openssl"}},
      {"cofi run spec.yaml --set dataset.ratings=1000000", {"ratings", "1000000"}},
      {"cofi check empty.yaml", {"empty.yaml"}},
      {"cofi check broken.yaml", {"broken.yaml:3:1"}},
      {"cofi check twice.yaml", {"twice.yaml:2:1", "name"}},
      {"cofi check binary.yaml", {"binary.yaml"}},
      {"cofi check models.yaml",
       {"did you mean 'model/svd'", "did you mean 'reg_user'", "dataset"}},
      {"cofi check from.yaml", {endless + ".yaml: File name too long"}},
      {"cofi report " + endless, {endless + ": File name too long"}},
      {"cofi new model mine --dir " + endless, {endless + ": File name too long"}},
      {"cofi list modle", {"'modle'", "did you mean 'model'"}},
      {"cofi describe svd", {"KIND/NAME"}},
      {"cofi describe model/sdv", {"model/sdv", "did you mean 'model/svd'"}},
      {"cofi check-plugin a-file", {"a-file is not a cofi plugin"}},
      {"cofi check-plugin none.so", {"none.so"}},
      {"cofi new model Mine", {"Mine", "small letters, digits"}},
      {"cofi export split", {"SPEC"}},
  };
  for (const Mistake& mistake : mistakes) {
    const auto outcome = shell("cd '" + folder.path().string() + "' && " + mistake.command);
    INFO(mistake.command << "\n" << outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    for (const std::string& text : mistake.says) CHECK_THAT(outcome.err, Contains(text));
    CHECK_FALSE(std::filesystem::exists(folder / "runs/small"));
  }
}

TEST_CASE("a disk that is full ends the run with its name, and nothing half written") {
  const cofi::test::TempFolder folder;
  folder.write("spec.yaml", cofi::test::kSpec);
  // A file system of 256 kB, mounted for the one command line alone.
  const std::string space = "unshare --mount --map-root-user sh -c ";
  if (shell(space + "'mount -t tmpfs none /mnt'").code != 0) {
    std::puts("[skipped] needs the right to mount a file system of its own");
    return;
  }
  const std::string script = "mount -t tmpfs -o size=256k none /mnt && cofi run \"" +
                             (folder / "spec.yaml") + "\" --out /mnt/run; code=$?; " +
                             "find /mnt -name \"*.csv\" -size 0; exit $code";
  const auto outcome = shell(space + "'" + script + "'");
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("/mnt/run") && Contains("No space left on device"));
  CHECK_THAT(outcome.out, !Contains(".csv"));
}
