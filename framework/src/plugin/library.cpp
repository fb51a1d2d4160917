#define BOOST_DLL_USE_STD_FS
#include "plugin/library.hpp"

#include <boost/dll/shared_library.hpp>

#include <map>
#include <mutex>

#include "plugin/tag.hpp"

namespace cofi::plugin {
namespace {

struct Libraries {
  std::mutex mutex;
  std::map<std::string, boost::dll::shared_library> open;  // by path
};

// Never freed, so that no library is ever closed: tensors with a plugin's deleter, exceptions of
// its types and objects with its vtables outlive every object that we could count, and each crashes
// when its code is gone. Whether dlclose unmaps at all is luck besides. A process opens each
// plugin once, so nothing grows.
Libraries& libraries() {
  static auto& all = *new Libraries;
  return all;
}

[[noreturn]] void refuse(const Listing& listing, const std::string& why) {
  throw Error("cannot use ", listing.path, ": ", why);
}

void check_rows(const Listing& listing, const cofi_plugin& plugin) {
  if (plugin.param_count != 0 && plugin.params == nullptr) {
    refuse(listing, "its descriptor has no parameter table");
  }
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    const cofi_param& row = plugin.params[n];
    const bool nested = row.type == COFI_PLUGIN_TYPE;
    const bool good = row.name != nullptr && row.doc != nullptr && row.type >= COFI_INT &&
                      row.type <= COFI_PLUGIN_TYPE && row.shape >= COFI_ONE &&
                      row.shape <= COFI_MAP && (row.kind != nullptr) == nested &&
                      (row.shape != COFI_MAP || nested);
    if (!good) {
      refuse(listing, "row " + std::to_string(n + 1) + " of its parameter table is damaged; " +
                          "make rows with cofi::integer and its like (cofi/plugin/plugin.hpp)");
    }
  }
}

// Only the frozen prefix may be read before it has been compared.
void check(const Listing& listing, const cofi_plugin& plugin) {
  if (plugin.magic != COFI_MAGIC) refuse(listing, "its cofi_plugin_entry is not a descriptor");
  if (plugin.abi_version != COFI_ABI_VERSION || plugin.struct_size != sizeof(cofi_plugin)) {
    refuse(listing, "it speaks version " + std::to_string(plugin.abi_version) +
                        " of the plugin contract (" + std::to_string(plugin.struct_size) +
                        " bytes), this cofi version " + std::to_string(COFI_ABI_VERSION) + " (" +
                        std::to_string(sizeof(cofi_plugin)) + " bytes); rebuild it");
  }
  if (plugin.build_tag == nullptr || plugin.kind == nullptr || plugin.name == nullptr ||
      plugin.version == nullptr || plugin.summary == nullptr) {
    refuse(listing, "its descriptor lacks a text (build_tag, kind, name, version or summary)");
  }
  if (plugin.kind != listing.kind || plugin.name != listing.name) {
    refuse(listing, std::string("its descriptor says '") + plugin.kind + "/" + plugin.name +
                        "', its build tag '" + listing.kind + "/" + listing.name + "'");
  }
  if (plugin.create == nullptr) refuse(listing, "its descriptor has no create function");
  check_rows(listing, plugin);
}

}  // namespace

const cofi_plugin& open_library(const Listing& listing) {
  if (!listing.same_build) {
    throw Error(listing.path,
                " was built against another cofi; rebuild it\n  plugin: ", listing.tag,
                "\n  runner: ", runner_tag());
  }
  Libraries& all = libraries();
  const std::lock_guard<std::mutex> lock(all.mutex);
  boost::dll::shared_library& library = all.open[listing.path];
  if (!library.is_loaded()) {
    namespace mode = boost::dll::load_mode;
    try {
      library.load(listing.path, mode::rtld_now | mode::rtld_local);
    } catch (const std::exception& problem) {
      // "boost::dll::shared_library::load() failed (dlerror system message: <why>): <code>"
      std::string why = problem.what();
      const std::string lead = "dlerror system message: ";
      if (const auto at = why.find(lead); at != why.npos) {
        why = why.substr(at + lead.size());
        why = why.substr(0, why.rfind("): "));
      }
      throw Error("cannot load ", listing.path, ": ", why);
    }
  }
  if (!library.has("cofi_plugin_entry")) {
    throw Error(listing.path, " is not a cofi plugin: it exports no cofi_plugin_entry");
  }
  const auto& plugin = library.get<const cofi_plugin>("cofi_plugin_entry");
  check(listing, plugin);
  return plugin;
}

}  // namespace cofi::plugin
