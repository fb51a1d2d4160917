#include "cofi/testing/toy_context.hpp"

#include <cmath>
#include <map>
#include <mutex>
#include <string>

#include "cofi/files.hpp"
#include "cofi/model.hpp"
#include "cofi/solo_communicator.hpp"

#include "testing/toy_optimizer.hpp"

namespace cofi::testing {
namespace {

TrainOptions train_options(const ToyOptions& options) {
  TrainOptions train;
  train.epochs = options.epochs;
  train.batch = options.batch;
  train.loss = options.loss;
  return train;
}

double rmse(const Toy& toy, const std::vector<std::int32_t>& rows,
            const std::vector<float>& predicted) {
  double sum = 0;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const auto row = static_cast<std::size_t>(rows[n]);
    const double e = double{predicted[n]} - toy.data.interactions.values[row];
    sum += e * e;
  }
  return std::sqrt(sum / static_cast<double>(rows.size()));
}

}  // namespace

struct ToyContext::Parts {
  Parts(const Toy& toy, const ToyOptions& options)
      : pool(options.threads),
        train(toy.data.interactions.rows(toy.train, pool)),
        user_counts(counts_of(train.users, toy.data.users.size())),
        item_counts(counts_of(train.items, toy.data.items.size())),
        feedback(toy.data.feedback),
        optimizer(options.optimizer ? options.optimizer : std::make_shared<const ToyOptimizer>()),
        context{train,
                validation,
                toy.data.users.size(),
                toy.data.items.size(),
                toy.data.users,
                toy.data.items,
                user_counts,
                item_counts,
                toy.data.scale,
                feedback,
                paths,
                Random(options.seed).stream("cell"),
                c10::kCPU,
                pool,
                communicator,
                optimizer.get(),
                train_options(options),
                options.monitor ? *options.monitor : monitor,
                options.warm_start,
                [this](const std::string& key, const std::function<void(Archive&)>& compute) {
                  return shared(key, compute);
                }} {}

  Archive shared(const std::string& key, const std::function<void(Archive&)>& compute) {
    const std::lock_guard lock(mutex);
    const auto found = cache.find(key);
    if (found != cache.end()) return found->second.reopened();
    Archive made;
    compute(made);
    return cache.emplace(key, made).first->second.reopened();
  }

  ThreadPool pool;
  Interactions train, validation;
  std::vector<std::int64_t> user_counts, item_counts;
  std::map<std::string, Interactions> feedback;
  SearchPath paths;
  SoloCommunicator communicator;
  std::shared_ptr<const Optimizer> optimizer;
  Monitor monitor;
  std::recursive_mutex mutex;  // guards cache; a computation may share others
  std::map<std::string, Archive> cache;
  FitContext context;
};

ToyContext::ToyContext(const Toy& toy, const ToyOptions& options)
    : parts_(std::make_unique<Parts>(toy, options)) {}
ToyContext::~ToyContext() = default;

const FitContext& ToyContext::context() const { return parts_->context; }
const ThreadPool& ToyContext::pool() const { return parts_->pool; }

std::vector<float> predictions(const Model& model, const Toy& toy,
                               const std::vector<std::int32_t>& rows) {
  const ThreadPool pool(1);
  const Interactions asked = toy.data.interactions.rows(rows, pool);
  std::vector<float> out(rows.size());
  model.predict({asked.users, asked.items, asked.times}, out.data());
  return out;
}

double rmse(const Model& model, const Toy& toy, const std::vector<std::int32_t>& rows) {
  return rmse(toy, rows, predictions(model, toy, rows));
}

double rmse_of_mean(const Toy& toy, const std::vector<std::int32_t>& rows) {
  const ThreadPool pool(1);
  const double mean = toy.data.interactions.rows(toy.train, pool).mean();
  return rmse(toy, rows, std::vector<float>(rows.size(), static_cast<float>(mean)));
}

}  // namespace cofi::testing
