// Every spec that the project ships, against its own plugins.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "plugin/registry.hpp"
#include "spec/defaults.hpp"
#include "spec/experiment.hpp"
#include "spec/parser.hpp"
#include "spec/problems.hpp"
#include "specs/damage.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using cofi::spec::Experiment;
using cofi::spec::Json;

// Tests run in the project's folder.
std::vector<std::string> yaml_files(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> specs() { return yaml_files({"tests/specs", "experiments"}); }

std::string mistakes(const std::string& file, const std::vector<std::string>& overrides,
                     const cofi::plugin::Registry& registry) {
  try {
    cofi::spec::load_experiment(file, overrides, registry);
    return "";
  } catch (const cofi::Error& error) {
    return error.what();
  }
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const cofi::plugin::Registry& registry() {
  static const cofi::plugin::Registry all = cofi::plugin::Registry::standard();
  return all;
}

}  // namespace

TEST_CASE("Every shipped spec is right") {
  REQUIRE(specs().size() >= 8);
  for (const std::string& file : specs()) {
    const std::string found = mistakes(file, {}, registry());
    INFO(file << ": " << found);
    CHECK(found.empty());
  }

  SECTION("with the rows that it means") {
    const auto rows = [](const std::string& name) {
      std::vector<std::string> shown;
      for (const auto& row :
           cofi::spec::load_experiment("tests/specs/" + name, {}, registry()).rows) {
        std::string text = row.dataset.empty() ? row.model : row.dataset + " " + row.model;
        for (const auto& [path, value] : row.swept) text += " " + path + "=" + value;
        shown.push_back(text);
      }
      return shown;
    };
    using Rows = std::vector<std::string>;
    CHECK(rows("own-optimizers.yaml") == Rows{"baseline", "adam", "slower", "sgd"});
    CHECK(rows("two-datasets.yaml") == Rows{"small baseline", "small wide", "small svd",
                                            "planted baseline", "planted wide", "planted svd"});
    CHECK(rows("cross-validation.yaml") == Rows{"baseline", "svd optimizer.weight_decay=0",
                                                "svd optimizer.weight_decay=0.0001",
                                                "svd optimizer.weight_decay=0.001"});
    CHECK(rows("epochs-curve.yaml") ==
          Rows{"svd train.batch=1001", "svd train.batch=5001", "svd train.batch=80003"});
    CHECK(rows("per-user.yaml") ==
          Rows{"baseline split.test=5 seed=1", "baseline split.test=10 seed=2",
               "baseline split.test=15 seed=3", "neural split.test=5 seed=1",
               "neural split.test=10 seed=2", "neural split.test=15 seed=3"});
    CHECK(rows("swept-plugins.yaml").size() == 12);
    CHECK(rows("swept-plugins.yaml")[7] ==
          "svd models.svd.optimizer=sgd train.schedule=exponential");
    CHECK(rows("swept-plugins.yaml")[1] ==
          "svd models.svd.optimizer=adam(lr=0.01) train.schedule=exponential");
    CHECK(rows("swept-plugins.yaml")[11] == "robust train.schedule=cosine");
  }

  SECTION("each model trains as it says") {
    const Experiment experiment =
        cofi::spec::load_experiment("tests/specs/own-optimizers.yaml", {}, registry());
    const auto& [baseline, adam, slower, sgd] =
        std::tie(experiment.rows[0], experiment.rows[1], experiment.rows[2], experiment.rows[3]);
    CHECK(baseline.optimizer.is_null());
    CHECK(adam.optimizer["lr"] == 0.01);
    CHECK(slower.optimizer["lr"] == 0.002);
    CHECK(slower.optimizer["weight_decay"] == 0.00028);
    CHECK(slower.train["epochs"] == 200);
    CHECK(slower.train["batch"] == 4096);
    CHECK(sgd.optimizer["use"] == "sgd");
    CHECK(sgd.optimizer["lr"] == 0.3);
    CHECK(sgd.optimizer["momentum"] == 0.9);
    CHECK(sgd.optimizer["weight_decay"] == 0.0);
    CHECK(sgd.model_spec["factors"] == 50);
    CHECK(sgd.model_spec["init_distribution"] == "normal");
    CHECK(sgd.train["loss"] == Json({{"use", "huber"}, {"delta", 2.0}}));
  }
}

TEST_CASE("The resolved spec of each shipped spec gives the same rows") {
  const cofi::test::TempFolder folder;
  for (const std::string& file : specs()) {
    INFO(file);
    const Experiment first = cofi::spec::load_experiment(file, {}, registry());
    const std::string text = cofi::spec::to_yaml(first.resolved);
    INFO(text);
    const Experiment again =
        cofi::spec::load_experiment(folder.write("spec.yaml", text), {}, registry());
    CHECK(cofi::spec::to_yaml(again.resolved) == text);
    CHECK(again.name == first.name);
    CHECK(again.launch == first.launch);
    CHECK(again.swept == first.swept);
    REQUIRE(again.rows.size() == first.rows.size());
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
      const auto &a = first.rows[i], &b = again.rows[i];
      CHECK(a.dataset == b.dataset);
      CHECK(a.model == b.model);
      CHECK(a.swept == b.swept);
      CHECK(a.seed == b.seed);
      CHECK(a.dataset_spec.dump() == b.dataset_spec.dump());
      CHECK(a.split.dump() == b.split.dump());
      CHECK(a.validation.dump() == b.validation.dump());
      CHECK(a.model_spec.dump() == b.model_spec.dump());
      CHECK(a.optimizer.dump() == b.optimizer.dump());
      CHECK(a.train.dump() == b.train.dump());
      CHECK(a.evaluate.dump() == b.evaluate.dump());
      CHECK(a.metrics.dump() == b.metrics.dump());
    }
  }
}

// The lines of a message that speak of a key.
bool suggests(const std::string& message, const cofi::test::Damage& damage) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t meant = line.find("did you mean '");
    if (meant == std::string::npos || line.find(damage.wrong) > meant) continue;
    for (const std::string& right : {damage.right, damage.path}) {
      if (line.find("'" + right + "'", meant) != std::string::npos) return true;
    }
  }
  return false;
}

// A letter replaced, left out, put in or swapped in any declared key of any file: the check names
// the damaged key and suggests the right one.
TEST_CASE("A key with a slip in it is named, and the right one is suggested") {
  const cofi::test::TempFolder copy;
  for (const char* folder : {"tests/specs", "experiments", "configs"}) {
    fs::create_directories(copy.path() / folder);
    fs::copy(folder, copy.path() / folder, fs::copy_options::recursive);
  }
  std::size_t tried = 0;
  for (const std::string& file : yaml_files({"tests/specs", "experiments", "configs"})) {
    const std::string text = read(file);
    // The spec itself, or the first that builds on the fragment.
    std::string spec = file;
    for (const std::string& each : specs()) {
      if (file.rfind("configs", 0) == 0 && read(each).find(file) != std::string::npos) spec = each;
    }
    for (const cofi::test::Damage& damage : cofi::test::damages(text, file)) {
      copy.write(file, damage.text);
      const std::string said = mistakes(copy / spec, {}, registry());
      ++tried;
      INFO(file << ":" << damage.line << ": '" << damage.right << "' as '" << damage.wrong << "'\n"
                << said);
      CHECK(suggests(said, damage));
    }
    copy.write(file, text);
  }
  CHECK(tried > 500);
}

TEST_CASE("The schema accepts every shipped spec, and no key with a slip in it") {
  if (std::system("python3 -c 'import jsonschema' 2>/dev/null") != 0) {
    std::cout << "[skipped] needs python3-jsonschema\n";
    return;
  }
  const cofi::test::TempFolder folder;
  folder.write("schema.json", cofi::spec::schema(registry()).dump());
  Json right = Json::object(), wrong = Json::object();
  cofi::spec::Problems problems;
  const auto parsed = [&](const std::string& text) {
    return cofi::spec::to_json(cofi::spec::parse(text, "spec", problems));
  };
  for (const std::string& file : specs()) {
    const std::string text = read(file);
    right[file] = parsed(text);
    for (const cofi::test::Damage& damage : cofi::test::damages(text, file)) {
      // A swept path's later keys are the check's to know.
      if (damage.path.empty()) {
        wrong[file + ":" + std::to_string(damage.line) + " " + damage.wrong] = parsed(damage.text);
      }
    }
  }
  folder.write("right.json", right.dump());
  folder.write("wrong.json", wrong.dump());
  folder.write("check.py", R"(
import json, sys
import jsonschema
read = lambda name: json.load(open(sys.argv[1] + "/" + name + ".json"))
schema = read("schema")
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
bad = []
for name, spec in read("right").items():
    bad += [f"{name}: {error.message[:300]}" for error in validator.iter_errors(spec)]
bad += [f"{name}: accepted" for name, spec in read("wrong").items() if validator.is_valid(spec)]
print("\n".join(bad))
sys.exit(1 if bad else 0)
)");
  const std::string command = "python3 " + (folder / "check.py") + " " + folder.path().string();
  CHECK(std::system(command.c_str()) == 0);
}
