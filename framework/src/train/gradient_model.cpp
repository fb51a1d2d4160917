#include "cofi/gradient_model.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "train/gradient_trainer.hpp"

namespace cofi {
namespace {

template <class T>
at::Tensor on_device(const std::vector<T>& values, c10::Device device) {
  return at::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())},
                       c10::CppTypeToScalarType<T>::value)
      .to(device);
}

}  // namespace

GradientModel::GradientModel() = default;
GradientModel::~GradientModel() = default;

at::Tensor GradientModel::loss(const Batch& batch, const PointwiseLoss& loss) {
  return loss.mean(forward(batch), batch.values);
}

bool GradientModel::gradient(const Batch&, RowGradients&, double&) { return false; }

void GradientModel::predict(const Query& query, float* out) const {
  // forward() reads alone here, but may be written for training, too.
  auto& self = const_cast<GradientModel&>(*this);
  std::vector<std::int32_t> users, items;
  std::vector<std::int64_t> times;
  std::vector<std::size_t> places;
  for (std::size_t n = 0; n < query.size(); ++n) {
    out[n] = static_cast<float>(train_mean_);
    if (query.users[n] < 0 || query.items[n] < 0) continue;
    places.push_back(n);
    users.push_back(query.users[n]);
    items.push_back(query.items[n]);
    if (!query.times.empty()) times.push_back(query.times[n]);
  }
  if (places.empty()) return;
  const at::NoGradGuard no_grad;
  const c10::Device device = self.parameters().at(0).value.device();
  const at::Tensor predicted =
      self.forward({on_device(users, device),
                    on_device(items, device),
                    {},
                    times.empty() ? at::Tensor() : on_device(times, device)})
          .to(c10::kCPU, at::kFloat)
          .contiguous();
  const float* values = predicted.data_ptr<float>();
  for (std::size_t k = 0; k < places.size(); ++k) out[places[k]] = values[k];
}

double GradientModel::pass(const SgdPass&) {
  throw std::logic_error("the model says that it runs passes of its own, and has none");
}

void GradientModel::begin(const FitContext& context) {
  if (has_own_loss() && context.options.loss.kind != PointwiseLoss::Kind::kMse) {
    throw Error("the model has a loss of its own: remove train.loss, or give the model a train ",
                "block without it");
  }
  train_mean_ = context.train.mean();
  setup(context);
  trainer_ = std::make_unique<GradientTrainer>(*this, context);
  refresh(context.pool);
}

double GradientModel::epoch(std::int64_t n) {
  const double loss = trainer_->epoch(n);
  refresh(trainer_->pool());
  return loss;
}
void GradientModel::training_state(Archive& archive) { trainer_->training_state(archive); }
double GradientModel::learning_rate() const { return trainer_ ? trainer_->learning_rate() : 0; }
void GradientModel::scale_learning_rate(double factor) { trainer_->scale_learning_rate(factor); }

void GradientModel::gather() {
  trainer_->gather();
  refresh(trainer_->pool());
}

double GradientModel::epoch_traffic(int ranks) { return trainer_->epoch_traffic(ranks); }

void GradientModel::end() {
  trainer_->end();
  trainer_.reset();
  release();
}

void GradientModel::parameters_state(Archive& archive) {
  archive("train_mean", train_mean_);
  const at::NoGradGuard no_grad;
  for (Parameter& parameter : parameters()) {
    at::Tensor stored = parameter.value;
    archive(parameter.name, stored);
    if (!archive.reading()) continue;
    if (!parameter.value.defined()) {
      throw std::logic_error("parameter '" + parameter.name +
                             "' has no tensor to read into: give it at::empty({0}) at first");
    }
    // What is being trained stays on its device, wherever its checkpoint was read.
    if (parameter.value.sizes() == stored.sizes()) {
      parameter.value.copy_(stored);
    } else {
      parameter.value.set_data(stored);
    }
  }
}

}  // namespace cofi
