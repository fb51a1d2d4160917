#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cofi/metric.hpp"

#include "plugin/registry.hpp"
#include "plugin/tag.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"
#include "unit/plugin/bad_plugins.hpp"

namespace {

namespace fs = std::filesystem;
using cofi::plugin::Listing;
using cofi::plugin::Registry;
using cofi::test::bad_plugin;
using cofi::test::bad_plugins;
using cofi::test::message_of;

// What asking for metric/NAME says.
std::string finding(const std::string& name) {
  return message_of([&] { Registry({bad_plugins()}).get("metric", name); });
}

const Listing& entry(const std::vector<Listing>& all, const std::string& name) {
  for (const Listing& each : all) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("not listed: " + name);
}

}  // namespace

TEST_CASE("finding plugins") {
  SECTION("a good one is found, and its descriptor says what it is") {
    const cofi_plugin& plugin = Registry({bad_plugins()}).get("metric", "good");
    CHECK(std::string(plugin.kind) == "metric");
    CHECK(std::string(plugin.name) == "good");
    CHECK(std::string(plugin.version) == "1.2.3");
    CHECK(plugin.param_count == 0);
    CHECK(Registry({bad_plugins()}).find("metric", "good") == &plugin);
    CHECK(&Registry({}).open(bad_plugin("good")) == &plugin);
    CHECK(Registry({bad_plugins()}).path("metric", "good") == bad_plugin("good"));
  }
  SECTION("one that is not there: the nearest, what there is, and where it was looked for") {
    const cofi::test::TempFolder folder;
    fs::create_directories(folder.path() / "metric");
    for (const char* name : {"good", "parameters"}) {
      fs::copy_file(bad_plugin(name), folder.path() / "metric" / (std::string(name) + ".so"));
    }
    const Registry registry({folder.path(), "/nowhere"});
    CHECK(registry.find("metric", "goood") == nullptr);
    CHECK(message_of([&] { registry.get("metric", "goood"); }) ==
          "no plugin 'metric/goood', did you mean 'metric/good'? there are: good, parameters; "
          "looked in: " +
              folder.path().string() + ", /nowhere");
    CHECK(message_of([&] { registry.get("metric", "zebra"); }) ==
          "no plugin 'metric/zebra'; there are: good, parameters; looked in: " +
              folder.path().string() + ", /nowhere");
    CHECK(message_of([&] { registry.get("model", "good"); }) ==
          "no plugin 'model/good'; there are: none; looked in: " + folder.path().string() +
              ", /nowhere");
    CHECK(message_of([&] { registry.get("modle", "svd"); }) ==
          "no kind of plugin 'modle', did you mean 'model'? there are: dataset, splitter, model, "
          "optimizer, metric, backend");
    CHECK(registry.names("metric") == std::vector<std::string>{"good", "parameters"});
    CHECK(registry.path("metric", "zebra").empty());
  }
  SECTION("a name is no path") {
    const Registry registry({bad_plugins() + "/metric"});
    CHECK(registry.find("metric", "../good") == nullptr);
    CHECK(registry.find("..", "metric/good") == nullptr);
    CHECK(registry.find("metric", "") == nullptr);
  }
  SECTION("the first folder wins, and only the asked file is opened") {
    const cofi::test::TempFolder folder;
    folder.write("metric/good.so", "no plugin at all");
    const Registry first({folder.path(), bad_plugins()});
    CHECK_THROWS_AS(first.find("metric", "good"), cofi::Error);
    CHECK(first.find("metric", "parameters") != nullptr);
    const Registry last({bad_plugins(), folder.path()});
    CHECK(last.find("metric", "good") != nullptr);
    CHECK(last.list("metric").size() == Registry({bad_plugins()}).list("metric").size());
  }
  SECTION("the standard folders: asked for, COFI_PLUGIN_PATH, beside the runner, the build's") {
    const char* before = std::getenv("COFI_PLUGIN_PATH");
    const std::string saved = before == nullptr ? "" : before;
    setenv("COFI_PLUGIN_PATH", "/one::/two", 1);
    const std::vector<std::string> folders = Registry::standard({"/zero"}).folders();
    setenv("COFI_PLUGIN_PATH", saved.c_str(), 1);
    const fs::path build = fs::path(bad_plugins()).parent_path().parent_path();
    const std::string current = fs::current_path();
    CHECK(folders == std::vector<std::string>{"/zero", "/one", "/two", build / "lib/cofi/plugins"});
    CHECK(std::find(folders.begin(), folders.end(), current) == folders.end());
  }
  SECTION("listing reads the files and opens none of them") {
    const cofi::test::TempFolder folder;
    folder.write("metric/text.so", "plain text");
    fs::copy_file(bad_plugin("undefined_symbol"), folder / "metric/undefined_symbol.so");
    fs::copy_file(bad_plugin("other_build"), folder / "metric/other_build.so");
    fs::copy_file(bad_plugin("wrong_name"), folder / "metric/wrong_name.so");
    const Registry registry({folder.path()});
    const std::vector<Listing> all = registry.list();
    REQUIRE(all.size() == 4);
    // What cannot be loaded is still listed: nothing was loaded.
    const Listing& hollow = entry(all, "undefined_symbol");
    CHECK(hollow.kind == "metric");
    CHECK(hollow.version == "1.0.0");
    CHECK(hollow.summary == "Calls nobody.");
    CHECK(hollow.path == folder / "metric/undefined_symbol.so");
    CHECK(hollow.same_build);
    CHECK(hollow.problem.empty());
    const Listing& other = entry(all, "other_build");
    CHECK(other.version == "0.9.0");
    CHECK(other.tag == "headers=0123456789abcdef;torch=9.9.9;stdlib=libstdc++;cxx11abi=1");
    CHECK_FALSE(other.same_build);
    CHECK(other.problem == "built against another cofi");
    CHECK(entry(all, "text").problem.find("is not a cofi plugin") != std::string::npos);
    CHECK(entry(all, "wrong_name").problem.find("calls itself") != std::string::npos);
    CHECK(registry.names("metric") == std::vector<std::string>{"undefined_symbol"});
    CHECK(registry.list("model").empty());
  }
  SECTION("one that was not built says why, until there is one") {
    const cofi::test::TempFolder folder;
    folder.write("metric/good.missing", "it needs a library");
    const Registry registry({folder.path()});
    const std::vector<Listing> all = registry.list();
    REQUIRE(all.size() == 1);
    CHECK(all[0].name == "good");
    CHECK(all[0].path.empty());
    CHECK(all[0].problem == "not built: it needs a library");
    CHECK(registry.names("metric").empty());
    CHECK_THROWS_WITH(registry.get("metric", "good"),
                      "plugin 'metric/good' is not built here: it needs a library");
    const Registry both({folder.path(), bad_plugins()});
    CHECK(both.find("metric", "good") != nullptr);
  }
}

TEST_CASE("each way to be a bad plugin has its message") {
  SECTION("not ELF, empty, cut short") {
    const cofi::test::TempFolder folder;
    const std::string text = folder.write("text.so", "plain text");
    const std::string none = folder.write("none.so", "");
    const auto opening = [](const std::string& path) {
      return message_of([&] { Registry({}).open(path); });
    };
    CHECK(opening(text) == text + " is not a cofi plugin: it is not an ELF shared library");
    CHECK(opening(none) == none + " is not a cofi plugin: it is not an ELF shared library");
    CHECK(opening(folder / "missing.so") ==
          "cannot open " + folder / "missing.so" + ": No such file or directory");
    // Wherever it is cut, the process lives to say so.
    const std::string whole = cofi::test::read_file(bad_plugin("good"));
    for (const std::size_t size : {std::size_t{4}, std::size_t{60}, std::size_t{64},
                                   std::size_t{4000}, whole.size() / 2, whole.size() - 1}) {
      const std::string cut = folder.write("cut.so", whole.substr(0, size));
      CHECK(opening(cut) == cut + " is not a cofi plugin: it is cut short; build or copy it again");
    }
    CHECK(opening(fs::read_symlink("/proc/self/exe")).find("is not a cofi plugin") !=
          std::string::npos);
  }
  SECTION("a shared library without a tag, and a tag without a descriptor") {
    CHECK(finding("no_tag") == bad_plugin("no_tag") +
                                   " is not a cofi plugin: it carries no build tag (see "
                                   "COFI_PLUGIN)");
    CHECK(finding("no_entry") ==
          bad_plugin("no_entry") + " is not a cofi plugin: it exports no cofi_plugin_entry");
  }
  SECTION("another build's: both tags") {
    CHECK(finding("other_build") ==
          bad_plugin("other_build") +
              " was built against another cofi; rebuild it\n"
              "  plugin: headers=0123456789abcdef;torch=9.9.9;stdlib=libstdc++;cxx11abi=1\n"
              "  runner: " +
              cofi::plugin::runner_tag());
    CHECK(cofi::plugin::runner_tag().find("headers=") == 0);
  }
  SECTION("an undefined symbol, when it is loaded and not at the call") {
    const std::string message = finding("undefined_symbol");
    CHECK(message.find("cannot load " + bad_plugin("undefined_symbol") + ": ") == 0);
    CHECK(message.find("undefined symbol") != std::string::npos);
    CHECK(message.find("nobody_defines_this") != std::string::npos);
    CHECK(finding("undefined_symbol") == message);
  }
  SECTION("named unlike its file") {
    CHECK(finding("wrong_name") == bad_plugin("wrong_name") +
                                       " calls itself 'metric/another'; its place says "
                                       "'metric/wrong_name': rename the one or the other");
    const cofi::test::TempFolder folder;
    fs::create_directories(folder.path() / "model");
    fs::copy_file(bad_plugin("good"), folder / "model/good.so");
    CHECK(message_of([&] { Registry({folder.path()}).get("model", "good"); }) ==
          folder / "model/good.so" +
              " calls itself 'metric/good'; its place says 'model/good': rename the one or the "
              "other");
  }
  SECTION("a descriptor that is not what it should be") {
    const auto cannot_use = [](const std::string& name, const std::string& why) {
      CHECK(finding(name) == "cannot use " + bad_plugin(name) + ": " + why);
    };
    cannot_use("other_tag", "its descriptor says 'metric/good', its build tag 'metric/other_tag'");
    cannot_use("wrong_magic", "its cofi_plugin_entry is not a descriptor");
    const std::string size = std::to_string(sizeof(cofi_plugin));
    const std::string less = std::to_string(sizeof(cofi_plugin) - 8);
    cannot_use("wrong_abi", "it speaks version 2 of the plugin contract (" + size +
                                " bytes), this cofi version 1 (" + size + " bytes); rebuild it");
    cannot_use("short_struct", "it speaks version 1 of the plugin contract (" + less +
                                   " bytes), this cofi version 1 (" + size + " bytes); rebuild it");
    cannot_use("null_text",
               "its descriptor lacks a text (build_tag, kind, name, version or summary)");
    cannot_use("null_create", "its descriptor has no create function");
    cannot_use("null_rows", "its descriptor has no parameter table");
    cannot_use("damaged_row",
               "row 2 of its parameter table is damaged; make rows with cofi::integer and its "
               "like (cofi/plugin/plugin.hpp)");
  }
}
