// A spec's `filters` on loaded data.
#pragma once

#include <string>
#include <vector>

#include "cofi/data.hpp"
#include "cofi/parallel.hpp"
#include "cofi/random.hpp"

#include "data/row_filter.hpp"
#include "spec/experiment.hpp"

namespace cofi::run {

// What a step did.
struct COFI_API FilterReport {
  spec::Json step;  // as resolved: {"use": "k_core", ...}
  data::Extent before, after;
  std::int64_t removed() const { return before.interactions - after.interactions; }
  // "filters.0 k_core(users=5, items=5): removed 9,004 of 100,004 interactions, 10 of 671 users,
  // 4,000 of 9,066 items"
  std::string text(std::size_t index) const;
  spec::Json json() const;  // for the manifest
};

// Applies the steps in order and replaces data by what is left. filters: the row's list, or null.
// A sample draws from the stream "filters", "sample_users" and its position among the samples. An
// Error names the step that cannot be done or leaves nothing.
COFI_API std::vector<FilterReport> apply_filters(const spec::Json& filters, Data& data,
                                                 const Random& random, const ThreadPool& pool);

}  // namespace cofi::run
