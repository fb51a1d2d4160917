#include "plugin/train_options.hpp"

#include <map>

namespace cofi::plugin {
namespace {

using Json = nlohmann::ordered_json;

PointwiseLoss loss_of(const Json& json) {
  static const std::map<std::string, PointwiseLoss::Kind> kKinds = {
      {"mse", PointwiseLoss::Kind::kMse},
      {"mae", PointwiseLoss::Kind::kMae},
      {"huber", PointwiseLoss::Kind::kHuber}};
  PointwiseLoss loss;
  loss.kind = kKinds.at(json.at("use").get<std::string>());
  loss.delta = json.value("delta", loss.delta);
  return loss;
}

Schedule schedule_of(const Json& json) {
  static const std::map<std::string, Schedule::Kind> kKinds = {
      {"constant", Schedule::Kind::kConstant},
      {"step", Schedule::Kind::kStep},
      {"exponential", Schedule::Kind::kExponential},
      {"cosine", Schedule::Kind::kCosine},
      {"reduce_on_plateau", Schedule::Kind::kReduceOnPlateau}};
  Schedule schedule;
  schedule.kind = kKinds.at(json.at("use").get<std::string>());
  schedule.factor = json.value("factor", schedule.factor);
  schedule.every = json.value("every", schedule.every);
  schedule.patience = json.value("patience", schedule.patience);
  schedule.low = json.value("low", schedule.low);
  return schedule;
}

}  // namespace

TrainOptions train_options(const Json& train) {
  TrainOptions options;
  if (train.is_null()) return options;
  options.epochs = train.at("epochs").get<std::int64_t>();
  options.batch = train.at("batch").get<std::int64_t>();
  options.shuffle = train.at("shuffle").get<bool>();
  options.loss = loss_of(train.at("loss"));
  options.schedule = schedule_of(train.at("schedule"));
  options.clip = train.at("clip").get<double>();
  options.validate_every = train.at("validate").get<std::int64_t>();
  options.checkpoint_every = train.at("checkpoint").get<std::int64_t>();
  options.exact_sum = train.at("sum") == "exact";
  options.partition_users = train.at("partition") == "users";
  options.batch_of_rank = train.at("batch_scope") == "rank";
  const Json& stopping = train.at("early_stopping");
  if (!stopping.is_null()) {
    options.early_stopping.on = true;
    options.early_stopping.metric = stopping.at("metric").get<std::string>();
    options.early_stopping.patience = stopping.at("patience").get<std::int64_t>();
    options.early_stopping.min_delta = stopping.at("min_delta").get<double>();
    options.early_stopping.restore_best = stopping.at("restore_best").get<bool>();
  }
  return options;
}

}  // namespace cofi::plugin
