// The interface of optimizer plugins: pure update rules; the framework keeps their state.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cofi/column.hpp"
#include "cofi/error.hpp"
#include "cofi/parallel.hpp"

namespace cofi {

// One update of one parameter.
struct StepContext {
  std::int64_t step;        // 1-based, of this parameter
  double learning_rate;     // after the schedule
  double weight_decay;      // the parameter's own, or the optimizer's
  View<std::int32_t> rows;  // the rows with a gradient, ascending; all of them where all_rows
  bool all_rows;
  const ThreadPool& pool;
};

class COFI_API Optimizer {
 public:
  static constexpr char kKind[] = "optimizer";
  static constexpr unsigned kUses = 0;

  virtual ~Optimizer();

  virtual double learning_rate() const = 0;  // before the schedule
  virtual double weight_decay() const = 0;
  // A lazy rule touches only the batch's rows (another algorithm than its dense form).
  virtual bool lazy() const { return false; }
  // Whether a step is value -= learning_rate * (gradient + weight_decay * value) and nothing else:
  // what models with loops of their own (GradientModel::pass) can stand in for.
  virtual bool plain() const { return false; }
  // Names of the state tensors; each has the parameter's shape and strides and starts at zero.
  virtual std::vector<std::string> state_names() const = 0;
  // Updates value and state in place and sets the gradient's rows to zero, in one pass over memory
  // on the CPU, with torch operations elsewhere.
  virtual void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                    const StepContext& context) const = 0;
};

}  // namespace cofi
