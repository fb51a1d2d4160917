// Registry's half that turns resolved parameters into objects.
#include <c10/util/Exception.h>

#include <stdexcept>
#include <utility>

#include "cofi/communicator.hpp"
#include "cofi/dataset.hpp"
#include "cofi/metric.hpp"
#include "cofi/model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/splitter.hpp"

#include "plugin/registry.hpp"
#include "plugin/train_options.hpp"

namespace cofi::plugin {
namespace {

using Json = nlohmann::ordered_json;

template <class Interface>
std::shared_ptr<void> owned(void* object) {
  return std::make_shared<std::unique_ptr<Interface>>(static_cast<Interface*>(object));
}

// An owner of what create returned, as Params::take expects it.
std::shared_ptr<void> owner(const std::string& kind, void* object) {
  static const std::map<std::string, std::shared_ptr<void> (*)(void*)> kOwners = {
      {Dataset::kKind, &owned<Dataset>}, {Splitter::kKind, &owned<Splitter>},
      {Model::kKind, &owned<Model>},     {Optimizer::kKind, &owned<Optimizer>},
      {Metric::kKind, &owned<Metric>},   {Backend::kKind, &owned<Backend>}};
  return kOwners.at(kind)(object);
}

template <class T>
Params::Value scalar_or_list(const cofi_param& row, const Json& value) {
  if (row.shape == COFI_LIST) return value.get<std::vector<T>>();
  return value.get<T>();
}

}  // namespace

Params::Value Registry::convert(const cofi_param& row, const Json& value, const std::string& plugin,
                                const std::string& place) const {
  if (value.is_null()) return std::monostate{};
  switch (row.type) {
    case COFI_INT:
      return scalar_or_list<std::int64_t>(row, value);
    case COFI_REAL:
      return scalar_or_list<double>(row, value);
    case COFI_BOOL:
      return scalar_or_list<bool>(row, value);
    case COFI_STRING:
      return scalar_or_list<std::string>(row, value);
    default:
      break;
  }
  std::vector<Nested> all;
  const std::string here = (place.empty() ? plugin : place) + "." + row.name;
  const auto add = [&](const Json& spec, const std::string& key, const std::string& where) {
    const auto another = [registry = *this, kind = std::string(row.kind), spec, where] {
      return owner(kind, registry.build_object(kind, spec, where));
    };
    Nested nested{key.empty() ? spec.at("use").get<std::string>() : key, row.kind, another(),
                  another};
    if (spec.contains("optimizer")) {
      nested.optimizer = build<Optimizer>(spec.at("optimizer"), where + ".optimizer");
    }
    if (spec.contains("train")) {
      nested.train = std::make_shared<const TrainOptions>(train_options(spec.at("train")));
    }
    all.push_back(std::move(nested));
  };
  if (row.shape == COFI_ONE) {
    add(value, "", here);
  } else if (row.shape == COFI_LIST) {
    for (std::size_t n = 0; n < value.size(); ++n)
      add(value[n], "", here + "." + std::to_string(n));
  } else {
    for (const auto& [key, spec] : value.items()) add(spec, key, here + "." + key);
  }
  return all;
}

void* Registry::build_object(const std::string& kind, const Json& spec,
                             const std::string& place) const {
  return build_object(get(kind, spec.at("use").get<std::string>()), spec, place);
}

void* Registry::build_object(const cofi_plugin& plugin, const Json& spec,
                             const std::string& place) const {
  Params params;
  params.place = place;
  params.plugin = std::string(plugin.kind) + "/" + plugin.name;
  for (std::uint32_t n = 0; n < plugin.param_count; ++n) {
    const cofi_param& row = plugin.params[n];
    const auto found = spec.find(row.name);
    if (found == spec.end()) {
      throw std::logic_error(params.plugin + " is built without a value for '" + row.name +
                             "': its parameters are not resolved");
    }
    params.set(row.name, convert(row, *found, params.plugin, place));
  }
  const std::string lead = params.plugin + (place.empty() ? "" : " (" + place + ")") + ": ";
  std::string reason;
  try {
    if (void* object = plugin.create(&params)) return object;
    reason = "its create function returned nothing";
  } catch (const Interrupted&) {
    throw;
  } catch (const c10::Error& problem) {
    reason = problem.what_without_backtrace();
  } catch (const std::exception& problem) {
    reason = problem.what();
  } catch (...) {
    reason = "its constructor threw something that is no std::exception";
  }
  // Params::error leads its message the same way.
  throw Error(reason.compare(0, lead.size(), lead) == 0 ? "" : lead, reason);
}

}  // namespace cofi::plugin
