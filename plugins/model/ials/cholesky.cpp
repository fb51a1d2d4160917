#include "cofi/kernels/normal_equations.hpp"

#include "row_solver.hpp"

namespace ials {
namespace {

class Cholesky final : public RowSolver {
 public:
  explicit Cholesky(const OtherSide& other) : other_(other), equations_(other.table.width) {}

  void solve(cofi::View<cofi::SparseRows::Entry> row, double penalty, float* x) override {
    equations_.start(other_.gram.data());
    for (std::size_t n = 0; n < row.size(); ++n) {
      const auto& entry = row.data()[n];
      if (n + kAhead < row.size()) other_.table.prefetch(row.data()[n + kAhead].id);
      equations_.add(other_.table.row(entry.id), entry.value,
                     other_.unobserved_weight + entry.value);
    }
    equations_.penalize(0, other_.table.width, penalty);
    equations_.solve(x);
  }

 private:
  const OtherSide& other_;
  cofi::kernels::NormalEquations equations_;
};

}  // namespace

std::unique_ptr<RowSolver> cholesky(const OtherSide& other) {
  return std::make_unique<Cholesky>(other);
}

}  // namespace ials
