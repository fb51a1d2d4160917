#include "cofi/kernels/sequential.hpp"

#include "cofi/params.hpp"

namespace cofi::kernels {

void check_solver(const Params& params, std::initializer_list<const char*> rates) {
  if (params.text("solver") == "sequential") return;
  if (params.text("reg_scale") == "frequency") {
    throw params.error("reg_scale", "is frequency, which solver: sequential alone can do");
  }
  for (const char* rate : rates) {
    if (!params.has(rate)) continue;
    throw params.error(rate, "has no use with solver: batch, whose optimizer sets the rate");
  }
}

std::vector<float> RowPenalties::of(const std::optional<double>& regularization,
                                    View<std::int64_t> counts) const {
  std::vector<float> penalties;
  penalties.reserve(counts.size());
  for (const std::int64_t count : counts) {
    penalties.push_back(static_cast<float>(of(regularization, count)));
  }
  return penalties;
}

}  // namespace cofi::kernels
