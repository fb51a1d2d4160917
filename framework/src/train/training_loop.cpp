#include "train/training_loop.hpp"

#include <chrono>
#include <cmath>

namespace cofi::train {

TrainingLoop::TrainingLoop(IterativeModel& model, const FitContext& context)
    : model_(model),
      context_(context),
      plateau_(context.options.schedule),
      stop_(context.options.early_stopping) {
  if (stop_.on() && context.validation.size() == 0) {
    throw Error("train.early_stopping watches ", context.options.early_stopping.metric,
                " on a validation split, and there is none; give the split one (split: "
                "{..., validation: {use: ratio, test: 0.1}}) or remove early_stopping");
  }
}

void TrainingLoop::run() {
  model_.begin(context_);
  resume();
  try {
    while (!finished()) {
      one_epoch();
      if (stop_asked() && !finished()) throw Interrupted();
      const std::int64_t every = context_.options.checkpoint_every;
      if (every > 0 && done_ % every == 0) save_checkpoint();
    }
  } catch (const Interrupted&) {
    save_checkpoint();
    throw;
  }
  model_.gather();
  if (best_) model_.state(*best_);
  model_.end();
}

// Of any rank, so that all stop at the same place.
bool TrainingLoop::stop_asked() const {
  return any(context_.communicator, context_.monitor.stop_requested());
}

void TrainingLoop::one_epoch() {
  const TrainOptions& options = context_.options;
  const std::int64_t epoch = done_ + 1;
  model_.scale_learning_rate(options.schedule.at(epoch, options.epochs) * plateau_.factor());
  const auto start = std::chrono::steady_clock::now();
  under_way_ = true;
  const double loss = model_.epoch(epoch);
  under_way_ = false;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  done_ = epoch;

  // Without a validation split every epoch is due, and the training loss is watched.
  const bool due = context_.validation.size() == 0 || epoch % options.validate_every == 0 ||
                   epoch == options.epochs;
  const bool validates = due && context_.validation.size() > 0;
  if (validates || context_.monitor.evaluates(epoch)) model_.gather();
  const std::optional<double> validation = due ? validate() : std::nullopt;
  if (plateau_.on() && due) plateau_.watch(validation.value_or(loss), epoch);
  if (stop_.on() && validation && stop_.watch(*validation) && options.early_stopping.restore_best) {
    Archive best;
    model_.state(best);
    best_ = best.snapshot();
  }
  context_.monitor.epoch_done(model_,
                              {epoch, options.epochs, loss, model_.learning_rate(), took.count()});
}

std::optional<double> TrainingLoop::validate() {
  const std::optional<double> value = context_.monitor.validate(model_, done_);
  if (value && std::isnan(*value) && (stop_.on() || plateau_.on())) {
    throw Error("the validation metric that ",
                stop_.on() ? "train.early_stopping" : "train.schedule",
                " watches is not defined (NaN) after epoch ", done_,
                "; choose another metric or a larger validation split");
  }
  return value;
}

void TrainingLoop::resume() {
  std::optional<Archive> checkpoint = context_.monitor.load_checkpoint();
  if (checkpoint) state(*checkpoint);
}

void TrainingLoop::save_checkpoint() {
  model_.gather();
  Archive archive;
  state(archive);
  context_.monitor.save_checkpoint(archive);
}

void TrainingLoop::state(Archive& archive) {
  Archive loop = archive.child("loop"), model = archive.child("model"),
          training = archive.child("training"), best = archive.child("best");
  Archive plateau = loop.child("plateau"), stop = loop.child("early_stopping");
  std::int64_t kept = best_ ? 1 : 0;
  loop("epochs_done", done_);
  if (!archive.reading()) {
    std::int64_t under_way = under_way_ ? 1 : 0;
    archive(kEpochUnderWay, under_way);
  }
  loop("has_best", kept);
  plateau_.state(plateau);
  stop_.state(stop);
  model_.state(model);
  model_.training_state(training);
  if (kept == 0) return;
  if (archive.reading()) {
    best_ = best.snapshot();
  } else {
    best.add(*best_);
  }
}

}  // namespace cofi::train
