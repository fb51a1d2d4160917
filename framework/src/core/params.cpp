#include "cofi/params.hpp"

namespace cofi {

bool Params::has(const std::string& name) const {
  return !std::holds_alternative<std::monostate>(at(name));
}
std::int64_t Params::integer(const std::string& name) const {
  return as<std::int64_t>(name, "an integer");
}
double Params::real(const std::string& name) const { return as<double>(name, "a real"); }
std::optional<double> Params::optional_real(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  return real(name);
}
bool Params::boolean(const std::string& name) const { return as<bool>(name, "a bool"); }
const std::string& Params::text(const std::string& name) const {
  return as<std::string>(name, "a string");
}
const std::vector<std::int64_t>& Params::integers(const std::string& name) const {
  return as<std::vector<std::int64_t>>(name, "a list of integers");
}
const std::vector<double>& Params::reals(const std::string& name) const {
  return as<std::vector<double>>(name, "a list of reals");
}
const std::vector<std::string>& Params::texts(const std::string& name) const {
  return as<std::vector<std::string>>(name, "a list of strings");
}

Error Params::error(const std::string& name, const std::string& what) const {
  return Error(plugin, place.empty() ? "" : " (" + place + ")", ": ", name, ": ", what);
}

const Params::Value& Params::at(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    throw std::logic_error(plugin + " asks for parameter '" + name +
                           "', which it does not declare");
  }
  return found->second;
}

template <class T>
const T& Params::as(const std::string& name, const char* type) const {
  const T* value = std::get_if<T>(&at(name));
  if (value == nullptr) {
    throw std::logic_error(plugin + " asks for parameter '" + name + "' as " + type +
                           ", which it does not declare it to be, or which is not set");
  }
  return *value;
}

const std::vector<Nested>& Params::nested_of(const std::string& name,
                                             const std::string& kind) const {
  static const std::vector<Nested> kNone;
  if (!has(name)) return kNone;
  const auto& all = as<std::vector<Nested>>(name, "nested plugins");
  for (const Nested& nested : all) {
    if (nested.kind != kind) {
      throw std::logic_error(plugin + " takes parameter '" + name + "' as a " + kind +
                             ", but declares it to be a " + nested.kind);
    }
  }
  return all;
}

}  // namespace cofi
