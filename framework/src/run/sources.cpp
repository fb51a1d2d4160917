#include "run/sources.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "cofi/dataset.hpp"

#include "run/digest.hpp"
#include "run/plugin_tree.hpp"
#include "run/text.hpp"

namespace cofi::run {

std::shared_ptr<const Source> Sources::load(const spec::Row& row) {
  const std::string spec =
      row.dataset_spec.dump() + row.filters.dump() + " seed " + std::to_string(row.seed);
  std::shared_ptr<const Source>& found = by_spec_[spec];
  if (found) return found;
  const auto start = std::chrono::steady_clock::now();
  const std::string place = row.dataset.empty() ? "dataset" : "datasets." + row.dataset;
  auto source = std::make_shared<Source>();
  const std::string key = cache_key(row);
  ranks_.one_a_machine_first([&] {
    if (auto cached = cache_.find(key, paths_, pool_, source->notes)) {
      static_cast<CachedData&>(*source) = std::move(*cached);
      source->from_cache = true;
    } else {
      load_files(row, place, key, *source);
    }
  });
  source->seconds = seconds_since(start);
  std::string same_key = source->digest;
  for (const FilterReport& report : source->filters) same_key += report.json().dump();
  std::shared_ptr<const Source>& same = by_digest_[same_key];
  if (!same) same = std::move(source);
  found = same;
  return found;
}

void Sources::load_files(const spec::Row& row, const std::string& place, const std::string& key,
                         Source& source) const {
  const data::FileTrace trace;
  const auto dataset = registry_.build<Dataset>(row.dataset_spec, place);
  const Random random(static_cast<std::uint64_t>(row.seed));
  source.data = dataset->load({paths_, pool_, random.stream("data")});
  if (source.data.interactions.size() == 0) {
    throw Error(place, ": dataset/", row.dataset_spec.at("use").get<std::string>(),
                " has no interactions");
  }
  try {
    source.filters = apply_filters(row.filters, source.data, random, pool_);
  } catch (const Error& error) {
    throw Error(place, ": ", error.what());
  }
  source.digest = digest_of(source.data);
  cache_.store(key, source, trace, pool_, source.notes);
}

// Of all that decides what a load yields, but for the files: those an entry knows.
std::string Sources::cache_key(const spec::Row& row) const {
  if (!cache_.on()) return "";
  std::map<std::string, std::string> plugins;
  add_plugin_digests(registry_, "dataset", row.dataset_spec, plugins);
  spec::Json key;
  key["framework"] = digest_of_framework();
  key["plugins"] = plugins;
  key["dataset"] = row.dataset_spec;
  key["filters"] = row.filters;
  key["seed"] = row.seed;
  // Data of the same name beside several specs have an entry each.
  const auto path = row.dataset_spec.find("path");
  if (path != row.dataset_spec.end() && path->is_string()) {
    try {
      key["found"] = paths_.find(path->get<std::string>());
    } catch (const Error&) {  // the load says so, if it matters
    }
  }
  return digest_of_text(key.dump());
}

SearchPath search_path(const std::string& folder) {
  SearchPath paths{{folder}};
  if (const char* data = std::getenv("COFI_DATA"); data != nullptr && *data != 0) {
    paths.folders.emplace_back(data);
  }
  paths.folders.emplace_back("data");
  return paths;
}

std::string shape_of(const Data& data) {
  const auto n = static_cast<double>(data.interactions.size());
  const double pairs = double(data.users.size()) * double(data.items.size());
  return fmt::format(
      "{} interactions of {} users with {} items ({:.3g}% of all pairs), mean {:.4f}, "
      "scale {} to {}",
      grouped(static_cast<std::int64_t>(data.interactions.size())), grouped(data.users.size()),
      grouped(data.items.size()), 100 * n / pairs, data.interactions.mean(), data.scale.low,
      data.scale.high);
}

}  // namespace cofi::run
