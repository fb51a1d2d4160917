#include "testing/trained_table.hpp"

#include <ATen/ops/empty_strided.h>
#include <ATen/ops/equal.h>
#include <fmt/format.h>

#include "cofi/random.hpp"

namespace cofi::testing {
namespace {

// table [rows x columns], its columns next to one another
void fill(at::Tensor& table, const char* stream) {
  Random random = Random(1).stream(stream);
  float* data = table.data_ptr<float>();
  for (std::int64_t row = 0; row < table.size(0); ++row) {
    for (std::int64_t column = 0; column < table.size(1); ++column) {
      data[row * table.stride(0) + column] = static_cast<float>(random.uniform(-1, 1));
    }
  }
}

}  // namespace

TrainedTable::TrainedTable(const Optimizer& optimizer, const std::vector<std::int64_t>& sizes,
                           const std::vector<std::int64_t>& strides) {
  const auto zeros = [&] { return at::empty_strided(sizes, strides, at::kFloat).zero_(); };
  value = zeros();
  gradient = zeros();
  for (std::size_t n = 0; n < optimizer.state_names().size(); ++n) state.push_back(zeros());
}

TrainedTable filled_table(const Optimizer& optimizer, std::int64_t rows, std::int64_t stride) {
  TrainedTable table(optimizer, {rows, TrainedTable::kColumns}, {stride, 1});
  fill(table.value, "value");
  return table;
}

void TrainedTable::give_gradient(const std::vector<std::int32_t>& rows) {
  at::Tensor full = at::empty_strided(value.sizes(), {kColumns, 1}, at::kFloat);
  fill(full, "gradient");
  if (rows.empty()) gradient.copy_(full);
  for (const std::int32_t row : rows) gradient[row].copy_(full[row]);
}

void TrainedTable::step(const Optimizer& optimizer, const Step& how) {
  const ThreadPool pool(how.threads);
  optimizer.step(value, gradient, state,
                 {++steps, how.learning_rate, how.weight_decay, how.rows, how.rows.empty(), pool});
}

std::string TrainedTable::difference(const TrainedTable& other) const {
  if (!at::equal(value, other.value)) return "the values differ";
  for (std::size_t n = 0; n < state.size(); ++n) {
    if (!at::equal(state[n], other.state[n])) return fmt::format("state {} differs", n);
  }
  return at::equal(gradient, other.gradient) ? "" : "the gradients left behind differ";
}

}  // namespace cofi::testing
