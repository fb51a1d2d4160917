#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cofi/gradient_model.hpp"
#include "cofi/kernels/rows.hpp"

#include "testing/check_model.hpp"

namespace cofi::testing {
namespace {

// Enough for every user and item to be in the batch more than once, too few for all of them.
constexpr std::size_t kBatch = 96;

// The values that a BatchRows views.
struct Groups {
  std::vector<std::int32_t> rows, starts, order;

  explicit Groups(const std::vector<std::int32_t>& ids) {
    std::map<std::int32_t, std::vector<std::int32_t>> positions;
    for (std::size_t n = 0; n < ids.size(); ++n) {
      positions[ids[n]].push_back(static_cast<std::int32_t>(n));
    }
    for (const auto& [row, group] : positions) {
      rows.push_back(row);
      starts.push_back(static_cast<std::int32_t>(order.size()));
      order.insert(order.end(), group.begin(), group.end());
    }
    starts.push_back(static_cast<std::int32_t>(order.size()));
  }
  BatchRows view() const { return {rows, starts, order}; }
};

// A batch of training rows on its own memory.
struct OwnedBatch {
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  std::vector<std::int64_t> times;
  Batch batch;

  explicit OwnedBatch(const Interactions& train) {
    const std::size_t n = std::min(kBatch, train.size());
    users.assign(train.users.begin(), train.users.begin() + n);
    items.assign(train.items.begin(), train.items.begin() + n);
    values.assign(train.values.begin(), train.values.begin() + n);
    const auto size = static_cast<std::int64_t>(n);
    batch.users = at::from_blob(users.data(), {size}, at::kInt);
    batch.items = at::from_blob(items.data(), {size}, at::kInt);
    batch.values = at::from_blob(values.data(), {size}, at::kFloat);
    if (train.times.empty()) return;
    times.assign(train.times.begin(), train.times.begin() + n);
    batch.times = at::from_blob(times.data(), {size}, at::kLong);
  }
};

// Away from the initial values, where many gradients are almost zero.
void perturb(std::vector<Parameter>& parameters) {
  const at::NoGradGuard no_grad;
  const Random random = Random(1).stream("perturb");
  for (std::size_t n = 0; n < parameters.size(); ++n) {
    Random stream = random.stream(n);
    std::vector<float> noise(static_cast<std::size_t>(parameters[n].value.numel()));
    for (float& value : noise) value = static_cast<float>(stream.uniform(-0.3, 0.3));
    parameters[n].value.add_(at::from_blob(noise.data(), parameters[n].value.sizes(), at::kFloat));
  }
}

// The analytic path on a batch of training rows.
struct Analytic {
  OwnedBatch owned;
  Groups users, items;
  RowGradients gradients;
  double loss_sum = 0;
  bool there = false;

  Analytic(GradientModel& model, const FitContext& context, const PointwiseLoss& loss)
      : owned(context.train),
        users(owned.users),
        items(owned.items),
        gradients{{},
                  users.view(),
                  items.view(),
                  loss,
                  1.0 / static_cast<double>(owned.users.size()),
                  context.pool} {
    const at::NoGradGuard no_grad;
    for (const Parameter& parameter : model.parameters()) {
      gradients.gradients.push_back(kernels::zeros_laid_out_as(parameter.value.detach()));
    }
    there = model.gradient(owned.batch, gradients, loss_sum);
  }
};

// Whether there is a check to make; a model that throws is left to the check.
bool has_analytic(const Factory<Model>& make, const Toy& toy, const ToyOptions& fit) {
  try {
    const std::unique_ptr<Model> model = make();
    // The kit alone asks what a model is; the framework has no need to.
    auto* gradient_model = dynamic_cast<GradientModel*>(model.get());
    if (gradient_model == nullptr) return false;
    const ToyContext context(toy, fit);
    gradient_model->setup(context.context());
    return Analytic(*gradient_model, context.context(), fit.loss).there;
  } catch (const std::exception&) {
    return true;
  }
}

std::string disagreement(GradientModel& model, const FitContext& context, const PointwiseLoss& loss,
                         double tolerance) {
  Analytic analytic(model, context, loss);
  std::vector<Parameter> parameters = model.parameters();
  for (Parameter& parameter : parameters) {
    parameter.value.requires_grad_(true);
    parameter.value.mutable_grad() = at::Tensor();
  }
  const at::Tensor expected_loss = model.loss(analytic.owned.batch, loss);
  expected_loss.backward();
  const double mean_loss = analytic.loss_sum * analytic.gradients.scale;
  const double expected_mean = expected_loss.item().toDouble();
  if (!(std::abs(mean_loss - expected_mean) <=
        tolerance * std::max(1.0, std::abs(expected_mean)))) {
    return fmt::format("the batch's mean loss is {} and forward's {}", mean_loss, expected_mean);
  }
  for (std::size_t n = 0; n < parameters.size(); ++n) {
    const at::Tensor expected = parameters[n].value.grad();
    if (!expected.defined()) {
      return fmt::format("autograd does not reach parameter '{}'", parameters[n].name);
    }
    const double largest = expected.abs().max().item().toDouble();
    const double difference =
        (analytic.gradients.gradients[n] - expected).abs().max().item().toDouble();
    if (!(difference <= tolerance * largest)) {
      return fmt::format("the gradient of '{}' differs by {:.3g}, its largest entry is {:.3g}",
                         parameters[n].name, difference, largest);
    }
  }
  return "";
}

// Autograd's, of the batch's loss; zeros where it does not reach.
std::vector<at::Tensor> gradients_of(GradientModel& model, const Batch& batch,
                                     const FitContext& context) {
  std::vector<Parameter> parameters = model.parameters();
  for (Parameter& parameter : parameters) {
    parameter.value.requires_grad_(true);
    parameter.value.mutable_grad() = at::Tensor();
  }
  {
    const at::AutoGradMode on(true);
    model.loss(batch, context.options.loss).backward();
  }
  std::vector<at::Tensor> gradients;
  for (Parameter& parameter : parameters) {
    const at::Tensor found = parameter.value.grad();
    gradients.push_back(!found.defined()    ? at::zeros_like(parameter.value)
                        : found.is_sparse() ? found.to_dense()
                                            : found.clone());
    parameter.value.mutable_grad() = at::Tensor();
    parameter.value.requires_grad_(false);
  }
  return gradients;
}

// A pass over one rating against the step that autograd's gradient gives. Models may take turns: a
// table that one pass leaves as it was must step in the next.
std::string pass_disagreement(GradientModel& model, const FitContext& context) {
  constexpr double kTolerance = 1e-5, kRate = 0.05, kDecay = 0.3;
  const at::NoGradGuard no_grad;
  std::vector<Parameter> parameters = model.parameters();
  perturb(parameters);
  const OwnedBatch owned(context.train);
  std::vector<bool> moved(parameters.size());
  for (const std::int64_t epoch : {1, 2}) {
    const std::vector<at::Tensor> gradients = gradients_of(model, owned.batch, context);
    std::vector<at::Tensor> before;
    for (const Parameter& parameter : parameters) before.push_back(parameter.value.clone());
    model.pass({epoch, kRate, kDecay, context.options.loss, Random(1), context.pool,
                context.communicator});
    parameters = model.parameters();
    for (std::size_t n = 0; n < parameters.size(); ++n) {
      const at::Tensor& value = parameters[n].value;
      if (value.equal(before[n])) continue;
      moved[n] = true;
      const double decay = kRate * parameters[n].regularization.value_or(kDecay);
      const at::Tensor plain = (value - (before[n] - kRate * gradients[n])).abs();
      const at::Tensor decayed = (value - (before[n] * (1 - decay) - kRate * gradients[n])).abs();
      // Regularization is of the rows that the rating touches; whether it does touch one whose
      // gradient is 0 cannot be told.
      const at::Tensor touched = gradients[n].ne(0);
      const at::Tensor rows = touched.reshape({value.size(0), -1}).any(1);
      std::vector<std::int64_t> shape(static_cast<std::size_t>(value.dim()), 1);
      shape[0] = value.size(0);
      const at::Tensor off = at::where(rows.reshape(shape), decayed, at::minimum(plain, decayed));
      const double largest = off.max().item().toDouble();
      if (!(largest <= kTolerance * std::max(1.0, before[n].abs().max().item().toDouble()))) {
        return fmt::format("a step for one rating leaves '{}' off by {:.3g}", parameters[n].name,
                           largest);
      }
    }
    for (std::size_t n = 0; n < parameters.size(); ++n) {
      if (epoch == 2 && !moved[n] && gradients[n].ne(0).any().item().toBool()) {
        return fmt::format("steps for one rating leave '{}' as it was", parameters[n].name);
      }
    }
  }
  return "";
}

void check_passes(Checks& checks, const Factory<Model>& make, const ModelCheck& options,
                  const Toy& toy) {
  const std::unique_ptr<Model> made = make();
  const auto* trained = dynamic_cast<const GradientModel*>(made.get());
  if (trained == nullptr || !trained->runs_passes()) return;
  // Models of scores draw what they compare an interaction with: a draw of their own each.
  if (trained->output() == Output::kScore) return;
  checks.run("a pass over one rating is the step of autograd's gradient", [&] {
    Toy one = toy;
    one.train.resize(1);
    const std::unique_ptr<Model> model = make();
    auto& gradient_model = dynamic_cast<GradientModel&>(*model);
    const ToyContext context(one, options.fit);
    gradient_model.setup(context.context());
    return pass_disagreement(gradient_model, context.context());
  });
}

}  // namespace

void check_gradient(Checks& checks, const Factory<Model>& make, const ModelCheck& options,
                    const Toy& toy) {
  struct Named {
    const char* name;
    PointwiseLoss loss;
  };
  const Named losses[] = {{"mse", {PointwiseLoss::Kind::kMse, 1}},
                          {"mae", {PointwiseLoss::Kind::kMae, 1}},
                          {"huber", {PointwiseLoss::Kind::kHuber, 0.5}}};
  check_passes(checks, make, options, toy);
  if (!has_analytic(make, toy, options.fit)) return;
  const bool own_loss = dynamic_cast<GradientModel&>(*make()).has_own_loss();
  for (const Named& named : losses) {
    if (own_loss && named.loss.kind != PointwiseLoss::Kind::kMse) continue;
    checks.run(fmt::format("the analytic gradient agrees with autograd ({})", named.name), [&] {
      ToyOptions fit = options.fit;
      fit.loss = named.loss;
      const std::unique_ptr<Model> model = make();
      auto& gradient_model = dynamic_cast<GradientModel&>(*model);
      const ToyContext context(toy, fit);
      gradient_model.setup(context.context());
      std::vector<Parameter> parameters = gradient_model.parameters();
      perturb(parameters);
      return disagreement(gradient_model, context.context(), named.loss,
                          options.gradient_tolerance);
    });
  }
}

}  // namespace cofi::testing
