#include <ATen/ops/equal.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "cofi/testing/conformance.hpp"

#include "testing/checks.hpp"
#include "testing/trained_table.hpp"

namespace cofi::testing {
namespace {

bool all_finite(const at::Tensor& tensor) { return tensor.isfinite().all().item().toBool(); }

// Minimizes |value|^2 / 2, whose gradient is the value.
std::string descends(const Optimizer& optimizer) {
  TrainedTable trained = filled_table(optimizer, 8);
  const auto objective = [&] { return trained.value.square().sum().item().toDouble() / 2; };
  const double before = objective();
  for (int n = 0; n < 2000; ++n) {
    trained.gradient.copy_(trained.value);
    trained.step(optimizer, {{}, optimizer.learning_rate()});
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
    TrainedTable trained = filled_table(optimizer, 40);
    trained.give_gradient(rows);
    trained.step(optimizer, {rows});
    if (trained.gradient.abs().max().item().toDouble() != 0) {
      return rows.empty() ? "a step of all rows leaves gradient behind"
                          : "a step of some rows leaves their gradient behind";
    }
  }
  return "";
}

std::string leaves_other_rows(const Optimizer& optimizer) {
  TrainedTable trained = filled_table(optimizer, 40);
  trained.give_gradient({});
  trained.step(optimizer, {});  // so that there is state
  const at::Tensor before = trained.value.clone();
  std::vector<at::Tensor> state;
  for (const at::Tensor& tensor : trained.state) state.push_back(tensor.clone());
  for (int n = 0; n < 3; ++n) {
    trained.give_gradient(kTouched);
    trained.step(optimizer, {kTouched, 0.01, 0.1});
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
  TrainedTable some = filled_table(optimizer, 40);
  TrainedTable all = filled_table(optimizer, 40);
  for (int n = 0; n < 3; ++n) {
    some.give_gradient(kTouched);
    all.give_gradient(kTouched);
    some.step(optimizer, {kTouched, 0.01, 0.1});
    all.step(optimizer, {{}, 0.01, 0.1});
  }
  return some.difference(all);
}

std::string same_on_threads(const Optimizer& optimizer, int threads) {
  constexpr std::int64_t kRows = 20000;
  std::vector<std::int32_t> third;
  for (std::int32_t row = 0; row < kRows; row += 3) third.push_back(row);
  TrainedTable one = filled_table(optimizer, kRows);
  TrainedTable many = filled_table(optimizer, kRows);
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, third}) {
    one.give_gradient(rows);
    many.give_gradient(rows);
    one.step(optimizer, {rows, 0.01, 0.1, 1});
    many.step(optimizer, {rows, 0.01, 0.1, threads});
  }
  return one.difference(many);
}

std::string padded_as_contiguous(const Optimizer& optimizer) {
  TrainedTable contiguous = filled_table(optimizer, 40);
  TrainedTable padded = filled_table(optimizer, 40, 16);
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, kTouched}) {
    for (TrainedTable* trained : {&contiguous, &padded}) {
      trained->give_gradient(rows);
      trained->step(optimizer, {rows, 0.01, 0.1});
    }
  }
  return contiguous.difference(padded);
}

std::string vector_as_column(const Optimizer& optimizer) {
  TrainedTable vector(optimizer, {40}, {1});
  TrainedTable column(optimizer, {40, 1}, {1, 1});
  for (const std::vector<std::int32_t>& rows : {std::vector<std::int32_t>{}, kTouched}) {
    for (TrainedTable* trained : {&vector, &column}) {
      for (const std::int32_t row : kTouched) trained->gradient[row].fill_(0.5 - 0.1 * row);
      trained->step(optimizer, {rows, 0.01, 0.1});
    }
  }
  return at::equal(vector.value, column.value.view({40})) ? "" : "the values differ";
}

std::string decays(const Optimizer& optimizer) {
  TrainedTable trained = filled_table(optimizer, 40);
  const double before = trained.value.norm().item().toDouble();
  for (int n = 0; n < 5; ++n) trained.step(optimizer, {{}, 0.01, 0.1});
  const double after = trained.value.norm().item().toDouble();
  if (after < before) return "";
  return fmt::format(
      "5 steps without gradient and with weight decay 0.1 took the norm from {:.6g} "
      "to {:.6g}",
      before, after);
}

std::string rests(const Optimizer& optimizer) {
  TrainedTable trained = filled_table(optimizer, 40);
  const at::Tensor before = trained.value.clone();
  trained.give_gradient({});
  trained.step(optimizer, {{}, 0.0, 0.1});
  return at::equal(trained.value, before) ? "" : "a step with learning rate 0 moves the values";
}

std::string states(const Optimizer& optimizer) {
  const std::vector<std::string> names = optimizer.state_names();
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
    return "two state tensors have the same name";
  }
  TrainedTable trained = filled_table(optimizer, 40, 16);
  trained.give_gradient({});
  trained.step(optimizer, {});
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

Findings check_optimizer(const Factory<Optimizer>& make, const Watch& watch) {
  Checks checks(watch);
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
