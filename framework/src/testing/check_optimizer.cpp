#include <ATen/ops/arange.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "cofi/random.hpp"
#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"

namespace cofi::testing {
namespace {

// One parameter with all that belongs to it.
struct Trained {
  at::Tensor value, gradient;
  std::vector<at::Tensor> state;
  std::int64_t steps = 0;
};

constexpr std::int64_t kColumns = 13;  // no multiple of a vector's width

at::Tensor table(std::int64_t rows, std::int64_t stride) {
  return at::empty_strided({rows, kColumns}, {stride, 1}, at::kFloat).zero_();
}

void fill(at::Tensor& tensor, const char* stream) {
  Random random = Random(1).stream(stream);
  float* data = tensor.data_ptr<float>();
  for (std::int64_t row = 0; row < tensor.size(0); ++row) {
    for (std::int64_t column = 0; column < tensor.size(1); ++column) {
      data[row * tensor.stride(0) + column] = static_cast<float>(random.uniform(-1, 1));
    }
  }
}

Trained start(const Optimizer& optimizer, std::int64_t rows, std::int64_t stride = kColumns) {
  Trained trained{table(rows, stride), table(rows, stride), {}, 0};
  fill(trained.value, "value");
  for (std::size_t n = 0; n < optimizer.state_names().size(); ++n) {
    trained.state.push_back(table(rows, stride));
  }
  return trained;
}

struct Step {
  std::vector<std::int32_t> rows;  // empty: all
  double learning_rate = 0.01, weight_decay = 0;
  int threads = 1;
};

void step(const Optimizer& optimizer, Trained& trained, const Step& how) {
  const ThreadPool pool(how.threads);
  optimizer.step(
      trained.value, trained.gradient, trained.state,
      {++trained.steps, how.learning_rate, how.weight_decay, how.rows, how.rows.empty(), pool});
}

// Gradients for the given rows (all where empty), the same at each call.
void give_gradient(Trained& trained, const std::vector<std::int32_t>& rows) {
  at::Tensor full = table(trained.value.size(0), kColumns);
  fill(full, "gradient");
  if (rows.empty()) {
    trained.gradient.copy_(full);
  } else {
    for (const std::int32_t row : rows) trained.gradient[row].copy_(full[row]);
  }
}

bool all_finite(const at::Tensor& tensor) { return tensor.isfinite().all().item().toBool(); }

std::string difference(const Trained& a, const Trained& b) {
  if (!at::equal(a.value, b.value)) return "the values differ";
  for (std::size_t n = 0; n < a.state.size(); ++n) {
    if (!at::equal(a.state[n], b.state[n])) return fmt::format("state {} differs", n);
  }
  return at::equal(a.gradient, b.gradient) ? "" : "the gradients left behind differ";
}

// Minimizes |value|^2 / 2, whose gradient is the value.
std::string descends(const Optimizer& optimizer) {
  Trained trained = start(optimizer, 8);
  const auto objective = [&] { return trained.value.square().sum().item().toDouble() / 2; };
  const double before = objective();
  for (int n = 0; n < 2000; ++n) {
    trained.gradient.copy_(trained.value);
    step(optimizer, trained, {{}, optimizer.learning_rate()});
  }
  const double after = objective();
  if (after < 0.9 * before) return "";
  return fmt::format(
      "2000 steps with its own learning rate {} took |x|^2 / 2 from {:.4g} to {:.4g}",
      optimizer.learning_rate(), before, after);
}

const std::vector<std::int32_t> kTouched = {1, 2, 5, 30, 31};

std::string clears(const Optimizer& optimizer) {
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, kTouched}) {
    Trained trained = start(optimizer, 40);
    give_gradient(trained, rows);
    step(optimizer, trained, {rows});
    if (trained.gradient.abs().max().item().toDouble() != 0) {
      return rows.empty() ? "a step of all rows leaves gradient behind"
                          : "a step of some rows leaves their gradient behind";
    }
  }
  return "";
}

std::string leaves_other_rows(const Optimizer& optimizer) {
  Trained trained = start(optimizer, 40);
  give_gradient(trained, {});
  step(optimizer, trained, {});  // so that there is state
  const at::Tensor before = trained.value.clone();
  std::vector<at::Tensor> state;
  for (const at::Tensor& tensor : trained.state) state.push_back(tensor.clone());
  for (int n = 0; n < 3; ++n) {
    give_gradient(trained, kTouched);
    step(optimizer, trained, {kTouched, 0.01, 0.1});
  }
  const std::set<std::int32_t> touched(kTouched.begin(), kTouched.end());
  for (std::int32_t row = 0; row < 40; ++row) {
    bool same = at::equal(trained.value[row], before[row]);
    if ((touched.count(row) == 0) != same) {
      return fmt::format("row {} was {} the step and {}", row, same ? "in" : "not in",
                         same ? "did not change" : "changed");
    }
    for (std::size_t n = 0; touched.count(row) == 0 && n < state.size(); ++n) {
      if (!at::equal(trained.state[n][row], state[n][row])) {
        return fmt::format("row {} was not in the step and its state changed", row);
      }
    }
  }
  return "";
}

std::string dense_is_all_rows(const Optimizer& optimizer) {
  Trained some = start(optimizer, 40);
  Trained all = start(optimizer, 40);
  for (int n = 0; n < 3; ++n) {
    give_gradient(some, kTouched);
    give_gradient(all, kTouched);
    step(optimizer, some, {kTouched, 0.01, 0.1});
    step(optimizer, all, {{}, 0.01, 0.1});
  }
  return difference(some, all);
}

std::string same_on_threads(const Optimizer& optimizer, int threads) {
  constexpr std::int64_t kRows = 20000;
  std::vector<std::int32_t> third;
  for (std::int32_t row = 0; row < kRows; row += 3) third.push_back(row);
  Trained one = start(optimizer, kRows);
  Trained many = start(optimizer, kRows);
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, third}) {
    give_gradient(one, rows);
    give_gradient(many, rows);
    step(optimizer, one, {rows, 0.01, 0.1, 1});
    step(optimizer, many, {rows, 0.01, 0.1, threads});
  }
  return difference(one, many);
}

std::string padded_as_contiguous(const Optimizer& optimizer) {
  Trained contiguous = start(optimizer, 40);
  Trained padded = start(optimizer, 40, 16);
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, kTouched}) {
    for (Trained* trained : {&contiguous, &padded}) {
      give_gradient(*trained, rows);
      step(optimizer, *trained, {rows, 0.01, 0.1});
    }
  }
  return difference(contiguous, padded);
}

std::string vector_as_column(const Optimizer& optimizer) {
  const auto of_size = [&](const std::vector<std::int64_t>& sizes) {
    Trained trained{
        at::arange(40, at::kFloat).div(20).sub(1).view(sizes), at::zeros(sizes, at::kFloat), {}, 0};
    for (std::size_t n = 0; n < optimizer.state_names().size(); ++n) {
      trained.state.push_back(at::zeros(sizes, at::kFloat));
    }
    return trained;
  };
  Trained vector = of_size({40});
  Trained column = of_size({40, 1});
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, kTouched}) {
    for (Trained* trained : {&vector, &column}) {
      for (const std::int32_t row : kTouched) trained->gradient[row].fill_(0.5 - 0.1 * row);
      step(optimizer, *trained, {rows, 0.01, 0.1});
    }
  }
  return at::equal(vector.value, column.value.view({40})) ? "" : "the values differ";
}

std::string decays(const Optimizer& optimizer) {
  Trained trained = start(optimizer, 40);
  const double before = trained.value.norm().item().toDouble();
  for (int n = 0; n < 5; ++n) step(optimizer, trained, {{}, 0.01, 0.1});
  const double after = trained.value.norm().item().toDouble();
  if (after < before) return "";
  return fmt::format(
      "5 steps without gradient and with weight decay 0.1 took the norm from {:.6g} "
      "to {:.6g}",
      before, after);
}

std::string rests(const Optimizer& optimizer) {
  Trained trained = start(optimizer, 40);
  const at::Tensor before = trained.value.clone();
  give_gradient(trained, {});
  step(optimizer, trained, {{}, 0.0, 0.1});
  return at::equal(trained.value, before) ? "" : "a step with learning rate 0 moves the values";
}

std::string states(const Optimizer& optimizer) {
  const std::vector<std::string> names = optimizer.state_names();
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
    return "two state tensors have the same name";
  }
  Trained trained = start(optimizer, 40, 16);
  give_gradient(trained, {});
  step(optimizer, trained, {});
  if (!all_finite(trained.value)) return "a value is not finite after one step";
  if (trained.state.size() != names.size()) return "a step changes the number of state tensors";
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (trained.state[n].sizes() != trained.value.sizes() ||
        trained.state[n].strides() != trained.value.strides()) {
      return fmt::format("a step changes the shape of state '{}'", names[n]);
    }
    if (!all_finite(trained.state[n])) {
      return fmt::format("state '{}' is not finite after one step", names[n]);
    }
  }
  return "";
}

}  // namespace

Findings check_optimizer(const Factory<Optimizer>& make) {
  Checks checks;
  std::unique_ptr<Optimizer> optimizer;
  const bool sane = checks.run("has a learning rate and a weight decay", [&]() -> std::string {
    optimizer = make();
    const double rate = optimizer->learning_rate();
    const double decay = optimizer->weight_decay();
    if (!std::isfinite(rate) || rate <= 0) return fmt::format("the learning rate is {}", rate);
    if (!std::isfinite(decay) || decay < 0) return fmt::format("the weight decay is {}", decay);
    return "";
  });
  if (optimizer == nullptr || !sane) return checks.take();
  const Optimizer& rule = *optimizer;
  checks.run("keeps the state it names, of the parameter's shape", [&] { return states(rule); });
  checks.run("descends on a quadratic", [&] { return descends(rule); });
  checks.run("clears the gradient that it used", [&] { return clears(rule); });
  if (rule.lazy()) {
    checks.run("lazy: touches only the rows of the step", [&] { return leaves_other_rows(rule); });
  } else {
    checks.run("dense: some rows' gradient steps all rows",
               [&] { return dense_is_all_rows(rule); });
  }
  checks.run("weight decay pulls towards zero", [&] { return decays(rule); });
  checks.run("a learning rate of zero changes nothing", [&] { return rests(rule); });
  for (const int threads : {2, 3}) {
    checks.run(fmt::format("the same bits on 1 thread and {}", threads),
               [&] { return same_on_threads(rule, threads); });
  }
  checks.run("a vector is as a table of one column", [&] { return vector_as_column(rule); });
  checks.run("padded rows are as contiguous ones", [&] { return padded_as_contiguous(rule); });
  return checks.take();
}

}  // namespace cofi::testing
