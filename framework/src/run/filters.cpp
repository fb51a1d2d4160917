#include "run/filters.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "run/text.hpp"

namespace cofi::run {
namespace {

using data::RowFilter;

template <class T>
std::optional<T> optional_of(const spec::Json& step, const char* key) {
  const spec::Json& value = step.at(key);
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

// "k_core(users=5, items=5)", "binarise"
std::string title_of(const spec::Json& step) {
  std::string words;
  for (const auto& [key, value] : step.items()) {
    if (key == "use" || value.is_null()) continue;
    words += (words.empty() ? "" : ", ") + key + "=" + value.dump();
  }
  const std::string name = step.at("use").get<std::string>();
  return words.empty() ? name : name + "(" + words + ")";
}

class Steps {
 public:
  Steps(RowFilter& filter, const Random& random) : filter_(filter), random_(random) {}

  void apply(const spec::Json& step) {
    const std::string name = step.at("use").get<std::string>();
    if (name == "values") {
      filter_.keep_values(optional_of<double>(step, "min"), optional_of<double>(step, "max"));
    } else if (name == "times") {
      filter_.keep_times(optional_of<std::int64_t>(step, "min"),
                         optional_of<std::int64_t>(step, "max"));
    } else if (name == "k_core") {
      filter_.keep_core(step.at("users").get<std::int64_t>(), step.at("items").get<std::int64_t>());
    } else if (name == "top_items") {
      filter_.keep_top_items(step.at("n").get<std::int64_t>());
    } else if (name == "sample_users") {
      sample(step);
    } else if (name == "implicit") {
      filter_.keep_values(step.at("min").get<double>(), std::nullopt);
      filter_.binarise(std::nullopt);
    } else {
      filter_.binarise(optional_of<double>(step, "min"));
    }
  }

 private:
  void sample(const spec::Json& step) {
    const auto n = optional_of<std::int64_t>(step, "n");
    const auto fraction = optional_of<double>(step, "fraction");
    const auto part = [&] {
      return std::llround(*fraction * static_cast<double>(filter_.extent().users));
    };
    filter_.sample_users(n ? *n : part(), random_.stream("sample_users").stream(samples_++));
  }

  RowFilter& filter_;
  Random random_;
  std::uint64_t samples_ = 0;
};

}  // namespace

std::string FilterReport::text(std::size_t index) const {
  const auto part = [](std::int64_t from, std::int64_t to, const char* what) {
    return grouped(from - to) + " of " + grouped(from) + " " + what;
  };
  return "filters." + std::to_string(index) + " " + title_of(step) + ": removed " +
         part(before.interactions, after.interactions, "interactions, ") +
         part(before.users, after.users, "users, ") + part(before.items, after.items, "items");
}

spec::Json FilterReport::json() const {
  return {{"step", step},
          {"removed",
           {{"interactions", removed()},
            {"users", before.users - after.users},
            {"items", before.items - after.items}}},
          {"left",
           {{"interactions", after.interactions}, {"users", after.users}, {"items", after.items}}}};
}

std::vector<FilterReport> apply_filters(const spec::Json& filters, Data& data, const Random& random,
                                        const ThreadPool& pool) {
  std::vector<FilterReport> reports;
  if (filters.is_null() || filters.empty()) return reports;
  RowFilter filter(data, pool);
  Steps steps(filter, random.stream("filters"));
  data::Extent extent = filter.extent();
  for (const spec::Json& step : filters) {
    const std::string place = "filters." + std::to_string(reports.size()) + " " + title_of(step);
    try {
      steps.apply(step);
    } catch (const Error& error) {
      throw Error(place, ": ", error.what());
    }
    FilterReport report{step, extent, filter.extent()};
    if (report.after.interactions == 0) {
      throw Error(place, ": leaves nothing of the ", grouped(extent.interactions),
                  " interactions, ", grouped(extent.users), " users and ", grouped(extent.items),
                  " items that reach it; ask for less, or remove the step");
    }
    extent = report.after;
    reports.push_back(std::move(report));
  }
  data = filter.take();
  return reports;
}

}  // namespace cofi::run
