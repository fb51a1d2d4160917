#include "plugin/registry.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/suggest.hpp"
#include "plugin/library.hpp"
#include "plugin/tag.hpp"

namespace cofi::plugin {
namespace {

namespace fs = std::filesystem;

// What a note is named that says why there is no plugin of its name.
constexpr const char* kMissing = ".missing";

// Names become paths, so nothing else may pass ("../x").
bool is_name(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == name.npos;
}

std::string place_of(const Listing& listing) { return listing.kind + "/" + listing.name; }

// What the file says, checked against where it stands.
Listing look(const std::string& path, const std::string& place) {
  Listing listing = read_tag(path);
  if (place_of(listing) != place) {
    listing.problem = path + " calls itself '" + place_of(listing) + "'; its place says '" + place +
                      "': rename the one or the other";
  } else if (!listing.same_build) {
    listing.problem = "built against another cofi";
  }
  return listing;
}

}  // namespace

const std::vector<std::string>& Registry::kinds() {
  static const std::vector<std::string> kKinds = {"dataset",   "splitter", "model",
                                                  "optimizer", "metric",   "backend"};
  return kKinds;
}

void Registry::check_kind(const std::string& kind) {
  if (std::find(kinds().begin(), kinds().end(), kind) == kinds().end()) {
    throw Error("no kind of plugin '", kind, "'", choices(kind, kinds()));
  }
}

Registry::Registry(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const std::string absolute = fs::weakly_canonical(fs::absolute(folder)).string();
    if (std::find(folders_.begin(), folders_.end(), absolute) == folders_.end()) {
      folders_.push_back(absolute);
    }
  }
}

Registry Registry::standard(const std::vector<std::string>& first) {
  std::vector<std::string> folders = first;
  if (const char* paths = std::getenv("COFI_PLUGIN_PATH")) {
    std::istringstream all(paths);
    for (std::string folder; std::getline(all, folder, ':');) {
      if (!folder.empty()) folders.push_back(folder);
    }
  }
  std::error_code none;
  const fs::path runner = fs::read_symlink("/proc/self/exe", none);
  if (!none) folders.push_back(runner.parent_path().parent_path() / "lib/cofi/plugins");
  folders.emplace_back(COFI_DEFAULT_PLUGIN_DIR);
  return Registry(folders);
}

std::string Registry::path(const std::string& kind, const std::string& name) const {
  if (!is_name(kind) || !is_name(name)) return "";
  for (const std::string& folder : folders_) {
    const fs::path file = fs::path(folder) / kind / (name + ".so");
    std::error_code unreadable;
    if (fs::exists(file, unreadable)) return file.string();
  }
  return "";
}

const cofi_plugin* Registry::find(const std::string& kind, const std::string& name) const {
  const std::string file = path(kind, name);
  if (file.empty()) {
    const std::string why = missing(kind, name);
    if (!why.empty()) throw Error("plugin '", kind, "/", name, "' is not built here: ", why);
    return nullptr;
  }
  const Listing listing = look(file, kind + "/" + name);
  // Another build's file is that before it is anything else.
  if (listing.same_build && !listing.problem.empty()) throw Error(listing.problem);
  return &open_library(listing);
}

std::string Registry::missing(const std::string& kind, const std::string& name) const {
  if (!is_name(kind) || !is_name(name)) return "";
  for (const std::string& folder : folders_) {
    std::ifstream note(fs::path(folder) / kind / (name + kMissing));
    std::string why{std::istreambuf_iterator<char>(note), {}};
    if (!why.empty()) return why;
  }
  return "";
}

const cofi_plugin& Registry::get(const std::string& kind, const std::string& name) const {
  if (const cofi_plugin* plugin = find(kind, name)) return *plugin;
  check_kind(kind);
  const std::vector<std::string> there = names(kind);
  const std::vector<std::string> meant = nearest(name, there);
  throw Error("no plugin '", kind, "/", name, "'",
              meant.empty() ? ";" : ", did you mean '" + kind + "/" + meant[0] + "'?",
              " there are: ", listed(there), "; looked in: ", listed(folders_));
}

const cofi_plugin& Registry::open(const std::string& path) const {
  return open_library(read_tag(fs::absolute(path).string()));
}

std::vector<std::string> Registry::names(const std::string& kind) const {
  std::vector<std::string> names;
  for (const Listing& listing : list(kind)) {
    if (listing.problem.empty()) names.push_back(listing.name);
  }
  return names;
}

std::vector<std::string> Registry::folders() const { return folders_; }

std::vector<Listing> Registry::list(const std::string& kind) const {
  std::vector<Listing> listings;
  for (const std::string& each : kinds()) {
    if (!kind.empty() && kind != each) continue;
    std::vector<std::string> names;
    for (const std::string& folder : folders_) {
      std::error_code unreadable;
      for (const auto& entry : fs::directory_iterator(fs::path(folder) / each, unreadable)) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".so" || extension == kMissing)
          names.push_back(entry.path().stem().string());
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string& name : names) {
      const std::string file = path(each, name);
      const std::string why = file.empty() ? missing(each, name) : "";
      if (file.empty() && why.empty()) continue;  // not a name that a spec could say
      Listing listing;
      try {
        if (why.empty()) listing = look(file, each + "/" + name);
      } catch (const Error& problem) {
        listing.problem = problem.what();
      }
      if (!why.empty()) listing.problem = "not built: " + why;
      listing.kind = each;
      listing.name = name;
      listing.path = file;
      listings.push_back(std::move(listing));
    }
  }
  return listings;
}

}  // namespace cofi::plugin
