// Runs the steps of an optimizer on tables of several layouts, and the same ones by LibTorch's own.
#pragma once

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cofi/optimizer.hpp"

namespace cofi::test {

// A plugin with all of its parameters: {"use": "adam", "lr": 0.01, ...}.
using Json = nlohmann::ordered_json;

// A table of a parameter, and whether its gradient has all rows or those of a batch.
struct Layout {
  std::string name;
  std::int64_t rows, cols, stride;
  bool all_rows;
};
const std::vector<Layout>& layouts();

using Step = std::function<void(at::Tensor& value, at::Tensor& gradient,
                                std::vector<at::Tensor>& state, const StepContext& context)>;
struct Steps {
  Step step;
  std::size_t states = 0;
  double learning_rate = 0, weight_decay = 0;
};

std::unique_ptr<Optimizer> build(const Json& spec);
Steps steps_of(const Optimizer& optimizer);
// What building it says, or "".
std::string error_of_building(const Json& spec);

// The table after so many steps; values and gradients come from a fixed seed. Throws where a step
// leaves a gradient behind.
at::Tensor table_after(const Steps& steps, const Layout& layout, int count, int threads = 1);
// The same by torch::optim.
at::Tensor libtorch_after(const Json& spec, const Layout& layout, int count);

// The largest difference.
double apart(const at::Tensor& a, const at::Tensor& b);
// The rows that no step's gradient has.
at::Tensor untouched_rows(const at::Tensor& table);

}  // namespace cofi::test
