#include "support/optimizer_steps.hpp"

#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <algorithm>
#include <stdexcept>

#include "cofi/random.hpp"

#include "plugin/registry.hpp"

namespace cofi::test {
namespace {

// Rows from here on never get a gradient.
constexpr std::int64_t kUntouched = 5;

at::Tensor random_table(const Layout& layout, Random random) {
  at::Tensor table = at::zeros({layout.rows, layout.stride}).narrow(1, 0, layout.cols);
  for (std::int64_t row = 0; row < layout.rows; ++row) {
    for (std::int64_t k = 0; k < layout.cols; ++k) {
      table.data_ptr<float>()[row * layout.stride + k] =
          static_cast<float>(random.uniform(-0.5, 0.5));
    }
  }
  return table;
}

struct Gradient {
  at::Tensor values;
  std::vector<std::int32_t> rows;
};

Gradient gradient_of(const Layout& layout, int step) {
  Random random = Random(7).stream(static_cast<std::uint64_t>(step));
  Gradient gradient{random_table(layout, random.stream("values")), {}};
  for (std::int32_t row = 0; row < layout.rows; ++row) {
    if (layout.all_rows || (row + kUntouched < layout.rows && random.uniform() < 0.4)) {
      gradient.rows.push_back(row);
    } else {
      gradient.values[row].zero_();
    }
  }
  return gradient;
}

std::unique_ptr<torch::optim::Optimizer> libtorch_optimizer(const Json& spec,
                                                            const at::Tensor& value) {
  using namespace torch::optim;
  const std::vector<at::Tensor> values = {value};
  const auto real = [&](const char* name) { return spec.at(name).get<double>(); };
  const std::string use = spec.at("use");
  if (use == "adam") {
    return std::make_unique<Adam>(values, AdamOptions(real("lr"))
                                              .betas({real("beta1"), real("beta2")})
                                              .eps(real("eps"))
                                              .weight_decay(real("weight_decay")));
  }
  if (use == "adamw") {
    return std::make_unique<AdamW>(values, AdamWOptions(real("lr"))
                                               .betas({real("beta1"), real("beta2")})
                                               .eps(real("eps"))
                                               .weight_decay(real("weight_decay")));
  }
  if (use == "adagrad") {
    return std::make_unique<Adagrad>(values,
                                     AdagradOptions(real("lr"))
                                         .lr_decay(real("lr_decay"))
                                         .initial_accumulator_value(real("initial_accumulator"))
                                         .eps(real("eps"))
                                         .weight_decay(real("weight_decay")));
  }
  if (use == "rmsprop") {
    return std::make_unique<RMSprop>(values, RMSpropOptions(real("lr"))
                                                 .alpha(real("alpha"))
                                                 .eps(real("eps"))
                                                 .momentum(real("momentum"))
                                                 .centered(spec.at("centered"))
                                                 .weight_decay(real("weight_decay")));
  }
  if (use == "sgd") {
    return std::make_unique<SGD>(values, SGDOptions(real("lr"))
                                             .momentum(real("momentum"))
                                             .dampening(real("dampening"))
                                             .nesterov(spec.at("nesterov"))
                                             .weight_decay(real("weight_decay")));
  }
  throw std::logic_error("LibTorch has no " + use);
}

}  // namespace

const std::vector<Layout>& layouts() {
  // Wide rows in several blocks of a step, padded and not; narrow ones; a weight of a network.
  static const std::vector<Layout> kLayouts = {{"padded", 1700, 20, 32, false},
                                               {"packed", 100, 24, 24, false},
                                               {"narrow", 300, 1, 1, false},
                                               {"shared", 7, 5, 5, true}};
  return kLayouts;
}

std::unique_ptr<Optimizer> build(const Json& spec) {
  return plugin::Registry::standard().build<Optimizer>(spec, "optimizer");
}

Steps steps_of(const Optimizer& optimizer) {
  return {[&](at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
              const StepContext& context) { optimizer.step(value, gradient, state, context); },
          optimizer.state_names().size(), optimizer.learning_rate(), optimizer.weight_decay()};
}

std::string error_of_building(const Json& spec) {
  try {
    build(spec);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

at::Tensor table_after(const Steps& steps, const Layout& layout, int count, int threads) {
  const ThreadPool pool(threads);
  at::Tensor value = random_table(layout, Random(3));
  std::vector<at::Tensor> state;
  for (std::size_t k = 0; k < steps.states; ++k) {
    state.push_back(at::zeros({layout.rows, layout.stride}).narrow(1, 0, layout.cols));
  }
  for (int step = 1; step <= count; ++step) {
    Gradient gradient = gradient_of(layout, step);
    steps.step(value, gradient.values, state,
               {step, steps.learning_rate, steps.weight_decay,
                layout.all_rows ? View<std::int32_t>() : View<std::int32_t>(gradient.rows),
                layout.all_rows, pool});
    if (gradient.values.count_nonzero().item<std::int64_t>() != 0) {
      throw std::logic_error("the step left a gradient behind");
    }
  }
  return value.contiguous();
}

at::Tensor libtorch_after(const Json& spec, const Layout& layout, int count) {
  at::Tensor value = random_table(layout, Random(3)).contiguous();
  value.requires_grad_(true);
  const auto optimizer = libtorch_optimizer(spec, value);
  for (int step = 1; step <= count; ++step) {
    value.mutable_grad() = gradient_of(layout, step).values.contiguous();
    optimizer->step();
  }
  return value.detach();
}

double apart(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

at::Tensor untouched_rows(const at::Tensor& table) {
  return table.narrow(0, table.size(0) - kUntouched, kUntouched);
}

}  // namespace cofi::test
