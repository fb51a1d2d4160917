// A plugin's parameters, complete and checked: every row of its table has a value of the row's
// type and range (or is not set, where the row's default is "null").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cofi/error.hpp"

namespace cofi {

class Optimizer;
struct TrainOptions;

// A nested plugin's object on its way to its owner.
struct Nested {
  std::string name;              // its key in a map, its plugin's name elsewhere
  std::string kind;              // "model", ...
  std::shared_ptr<void> object;  // holds a std::unique_ptr<Interface>
  std::function<std::shared_ptr<void>()> another = nullptr;  // builds one more of it
  // Of models that say so in the spec, as `optimizer` and `train` beside their parameters.
  std::shared_ptr<const Optimizer> optimizer = nullptr;
  std::shared_ptr<const TrainOptions> train = nullptr;
};

class COFI_API Params {
 public:
  using Value = std::variant<std::monostate, std::int64_t, double, bool, std::string,
                             std::vector<std::int64_t>, std::vector<double>, std::vector<bool>,
                             std::vector<std::string>, std::vector<Nested>>;

  // Where the plugin stands in the spec, for its own errors ("models.svd"), and "model/svd".
  std::string place, plugin;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }

  // False where an optional parameter is not set. Asking for a name that the table lacks, or as
  // another type, is a bug in the plugin and says so (std::logic_error).
  bool has(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  double real(const std::string& name) const;
  std::optional<double> optional_real(const std::string& name) const;  // nothing where not set
  bool boolean(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  const std::vector<std::int64_t>& integers(const std::string& name) const;
  const std::vector<double>& reals(const std::string& name) const;
  const std::vector<std::string>& texts(const std::string& name) const;

  // Nested plugins: ownership passes to the caller, once.
  template <class Interface>
  std::unique_ptr<Interface> take(const std::string& name) const {
    auto all = take_all<Interface>(name);
    return all.empty() ? nullptr : std::move(all.front().second);
  }
  // In the spec's order, with their names.
  template <class Interface>
  std::vector<std::pair<std::string, std::unique_ptr<Interface>>> take_all(
      const std::string& name) const {
    std::vector<std::pair<std::string, std::unique_ptr<Interface>>> taken;
    for (const Nested& nested : nested_of(name, Interface::kKind)) {
      taken.emplace_back(nested.name,
                         std::move(*static_cast<std::unique_ptr<Interface>*>(nested.object.get())));
    }
    return taken;
  }

  // Nested plugins as they were given, for what NestedModel needs of them.
  const std::vector<Nested>& nested_of(const std::string& name, const std::string& kind) const;

  // An Error that names the plugin, the place and the parameter: for rules across parameters.
  Error error(const std::string& name, const std::string& what) const;

 private:
  const Value& at(const std::string& name) const;
  template <class T>
  const T& as(const std::string& name, const char* type) const;

  std::map<std::string, Value> values_;
};

}  // namespace cofi
