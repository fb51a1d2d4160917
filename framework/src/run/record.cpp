#include "run/record.hpp"

#include <nlohmann/json.hpp>
#include <torch/version.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>

#include "cofi/plugin/build_tag.hpp"

#include "run/digest.hpp"
#include "run/machine.hpp"
#include "run/plugin_tree.hpp"

namespace cofi::run {
namespace {

using Json = nlohmann::ordered_json;

// What git says of a folder; empty where it is in no repository or there is no git.
std::string git(const std::string& folder, const std::string& arguments) {
  std::string quoted = "'";
  for (const char c : folder) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  const std::string command = "git -C " + quoted + "' " + arguments + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string said;
  std::array<char, 256> buffer{};
  while (pipe && std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    said += buffer.data();
  }
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return said;
}

// The SHA-256 of a file that was read: a member of an archive is told by the archive's.
Json digest_of_source(const std::string& source) {
  const std::string file = file_of_source(source);
  return file.empty() ? Json() : Json(digest_of_file(file));
}

Json describe(const Source& source) {
  const Data& data = source.data;
  Json json;
  json["content_sha256"] = source.digest;
  json["note"] = data.note;
  json["interactions"] = data.interactions.size();
  json["users"] = data.users.size();
  json["items"] = data.items.size();
  json["density"] = static_cast<double>(data.interactions.size()) /
                    (double(data.users.size()) * double(data.items.size()));
  json["mean"] = data.interactions.mean();
  json["scale"] = {data.scale.low, data.scale.high};
  json["counts"] = Json::object();
  for (const auto& [name, count] : data.counts) json["counts"][name] = count;
  json["filters"] = Json::array();
  for (const FilterReport& report : source.filters) json["filters"].push_back(report.json());
  json["files"] = Json::array();
  for (const std::string& file : data.sources) {
    json["files"].push_back({{"path", file}, {"sha256", digest_of_source(file)}});
  }
  json["load_seconds"] = source.seconds;
  json["from_cache"] = source.from_cache;
  return json;
}

Json describe_data(const Plan& plan) {
  Json all = Json::array();
  std::set<const Source*> seen;
  for (const PlannedRow& row : plan.rows) {
    if (!seen.insert(row.source.get()).second) continue;
    Json json = describe(*row.source);
    json["dataset"] = row.row->dataset_spec;
    all.push_back(std::move(json));
  }
  return all;
}

// Which way is better, by column.
Json describe_metrics(const Plan& plan) {
  Json all = Json::object();
  for (const PlannedRow& row : plan.rows) {
    for (const Measure& measure : row.measures) {
      const bool higher = row.metrics[measure.metric].metric->higher_is_better();
      all[measure.column] = higher ? "higher" : "lower";
    }
  }
  return all;
}

Json describe_plugins(const Plan& plan, const plugin::Registry& registry) {
  std::map<std::string, std::string> digests;
  for (const PlannedRow& row : plan.rows) {
    add_plugin_digests(registry, "dataset", row.row->dataset_spec, digests);
    add_plugin_digests(registry, "splitter", row.row->split, digests);
    add_plugin_digests(registry, "splitter", row.row->validation, digests);
    add_plugin_digests(registry, "model", row.row->model_spec, digests);
    add_plugin_digests(registry, "optimizer", row.row->optimizer, digests);
    for (const Json& metric : row.row->metrics) {
      add_plugin_digests(registry, "metric", metric, digests);
    }
  }
  Json all = Json::object();
  for (const auto& [name, digest] : digests) {
    const std::size_t slash = name.find('/');
    const std::string kind = name.substr(0, slash), plugin = name.substr(slash + 1);
    all[name] = {{"version", registry.get(kind, plugin).version},
                 {"path", registry.path(kind, plugin)},
                 {"sha256", digest}};
  }
  return all;
}

}  // namespace

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string manifest(const Plan& plan, const Workshop& workshop, const RunTimes& times) {
  Json json;
  json["name"] = plan.experiment.name;
  json["spec"] = std::filesystem::absolute(plan.experiment.file).string();
  json["folder"] = plan.experiment.folder;
  json["state"] = times.state;
  json["started"] = times.started;
  json["wall_seconds"] = times.wall_seconds;
  json["cpu_seconds"] = cpu_seconds();
  json["peak_mb"] = peak_memory_mb();
  json["versions"] = {{"cofi", COFI_VERSION}, {"libtorch", TORCH_VERSION}};
  json["build"] = {{"tag", COFI_BUILD_TAG},
                   {"type", COFI_BUILD_TYPE},
                   {"flags", COFI_BUILD_FLAGS},
                   {"compiler", COFI_COMPILER},
                   {"libcofi_sha256", digest_of_framework()}};
  json["machine"] = {{"cpu", cpu_name()},
                     {"gpu", gpu_names()},
                     {"blas", blas_name()},
                     {"threads", workshop.pool.threads()},
                     {"device", workshop.device.str()}};
  if (!times.world.is_null()) json["world"] = times.world;
  const std::string commit = git(plan.experiment.folder, "rev-parse HEAD");
  if (!commit.empty()) {
    json["git"] = {{"commit", commit},
                   {"changed", !git(plan.experiment.folder, "status --porcelain -uno").empty()}};
  }
  json["data"] = describe_data(plan);
  std::set<std::uint64_t> seeds;
  for (const Cell& cell : plan.cells) seeds.insert(cell.seed);
  json["seeds"] = seeds;
  json["metrics"] = describe_metrics(plan);
  if (!plan.rows.empty()) {
    const spec::Row& row = *plan.rows.front().row;
    json["own_metrics"] = std::min(row.own_metrics, row.metrics.size());
    json["ranks"] = workshop.fitting_ranks;
  }
  json["plugins"] = describe_plugins(plan, workshop.registry);
  json["notes"] = plan.notes;
  // A path may be in any bytes, JSON in UTF-8 alone.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cofi::run
