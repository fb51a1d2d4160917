#include "cofi/nested_model.hpp"

#include <utility>

#include "cofi/fit_context.hpp"

namespace cofi {
namespace {

// Tells the owner's monitor what a nested fit does, and nothing of its epochs.
class NestedMonitor final : public Monitor {
 public:
  NestedMonitor(Monitor& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
  void progress(const std::string& what, std::int64_t done, std::int64_t total) override {
    owner_.progress(name_ + ": " + what, done, total);
  }
  void epoch_done(Model&, const EpochReport& report) override {
    owner_.progress(name_ + ": epochs", report.epoch, report.epochs);
  }
  bool evaluates(std::int64_t) const override { return false; }
  bool stop_requested() override { return owner_.stop_requested(); }

 private:
  Monitor& owner_;
  std::string name_;
};

}  // namespace

void NestedModel::fit(const FitContext& owner, const Interactions& interactions,
                      const std::string& part) {
  const TrainOptions& options = train ? *train : owner.options;
  if (options.early_stopping.on) {
    throw Error("model '", name, "' within another: train.early_stopping has no validation ",
                "interactions to watch there; remove it, or give the model its own train");
  }
  if (fitted) model = another();
  fitted = true;
  NestedMonitor monitor(owner.monitor, name);
  const Interactions none;
  const auto user_counts = counts_of(interactions.users, owner.users);
  const auto item_counts = counts_of(interactions.items, owner.items);
  const auto shared = [&](const std::string& key, const std::function<void(Archive&)>& compute) {
    return owner.shared(part.empty() ? key : part + "/" + key, compute);
  };
  const FitContext context{interactions,
                           none,
                           owner.users,
                           owner.items,
                           owner.user_ids,
                           owner.item_ids,
                           user_counts,
                           item_counts,
                           owner.scale,
                           owner.feedback,
                           owner.paths,
                           owner.random.stream("child").stream(name),
                           owner.device,
                           owner.pool,
                           owner.communicator,
                           optimizer ? optimizer.get() : owner.optimizer,
                           options,
                           monitor,
                           nullptr,
                           shared};
  model->fit(context);
}

std::vector<NestedModel> take_models(const Params& params, const std::string& parameter) {
  const auto model_of = [](const std::shared_ptr<void>& object) {
    return std::move(*static_cast<std::unique_ptr<Model>*>(object.get()));
  };
  std::vector<NestedModel> models;
  for (const Nested& given : params.nested_of(parameter, Model::kKind)) {
    models.push_back({given.name, model_of(given.object),
                      [model_of, another = given.another] { return model_of(another()); },
                      given.optimizer, given.train});
  }
  return models;
}

}  // namespace cofi
