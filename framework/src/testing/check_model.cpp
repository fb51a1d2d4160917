#include "testing/check_model.hpp"

#include <ATen/Parallel.h>

#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>

#include "cofi/gradient_model.hpp"
#include "cofi/parallel.hpp"

#include "testing/toy_optimizer.hpp"

namespace cofi::testing {
namespace {

// Rounding that a model may show between equal questions asked in other company: matrix products
// add up in another order for another batch size.
constexpr double kRounding = 1e-5;

bool agree(double a, double b) { return std::abs(a - b) <= kRounding * std::max(1.0, std::abs(b)); }

std::string first_not_finite(const std::vector<float>& values, const Questions& questions) {
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (!std::isfinite(values[n])) {
      return fmt::format("the prediction for {} is {}", questions.describe(n), values[n]);
    }
  }
  return "";
}

std::string writes_all(const Model& model, const Questions& questions) {
  constexpr float kGuard = -12345;
  const Query all = questions.query(false);
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, all.size()}) {
    std::vector<float> out(n + 1, kGuard);
    model.predict({all.users.slice(0, n), all.items.slice(0, n), {}}, out.data());
    if (out.back() != kGuard) return fmt::format("wrote past the {} predictions asked for", n);
  }
  return "";
}

std::string alone_as_together(const Model& model, const Questions& questions) {
  const Query all = questions.query(true);
  const std::vector<float> together = answers(model, all);
  for (std::size_t n = 0; n < all.size(); n += 7) {
    const float alone =
        answers(model, {all.users.slice(n, 1), all.items.slice(n, 1), all.times.slice(n, 1)})[0];
    if (!agree(alone, together[n])) {
      return fmt::format("{} gets {} alone and {} among {} questions", questions.describe(n), alone,
                         together[n], all.size());
    }
  }
  return "";
}

std::string scores_as_predicts(const Model& model, const Toy& toy) {
  const std::int32_t items = toy.data.items.size();
  const std::vector<std::int32_t> users = {0, toy.data.users.size() - 1, 2};
  std::vector<float> scores(users.size() * static_cast<std::size_t>(items),
                            std::numeric_limits<float>::quiet_NaN());
  model.score(users, {}, items, scores.data());
  for (std::size_t n = 0; n < users.size(); ++n) {
    for (std::int32_t item = 0; item < items; ++item) {
      const float predicted = answers(model, {users[n], item, {}})[0];
      const float scored =
          scores[n * static_cast<std::size_t>(items) + static_cast<std::size_t>(item)];
      if (!agree(scored, predicted)) {
        return fmt::format("user {}, item {}: score says {} and predict {}", users[n], item, scored,
                           predicted);
      }
    }
  }
  return "";
}

std::string same_from_threads(const Model& model, const Questions& questions) {
  const Query all = questions.query(true);
  const std::vector<float> expected = answers(model, all);
  const ThreadPool pool(3);
  constexpr std::size_t kCalls = 12;
  std::vector<std::vector<float>> found(kCalls);
  pool.run(kCalls,
           [&](std::int64_t call) { found[static_cast<std::size_t>(call)] = answers(model, all); });
  for (const std::vector<float>& values : found) {
    for (std::size_t n = 0; n < values.size(); ++n) {
      // Not != : a NaN is another check's finding.
      if (values[n] < expected[n] || values[n] > expected[n]) {
        return fmt::format("{} gets {} while other threads ask, too, and {} otherwise",
                           questions.describe(n), values[n], expected[n]);
      }
    }
  }
  return "";
}

std::string explains(const Model& model, const Toy& toy) {
  constexpr double kTolerance = 1e-4;
  for (const std::int32_t user : {0, 1, 5, toy.data.users.size() - 1, -1}) {
    for (const std::int32_t item : {0, 3, 7, toy.data.items.size() - 1, -1}) {
      const std::optional<Explanation> explanation = model.explain(user, item);
      if (!explanation) continue;
      const double sum = explanation->sum();
      const float predicted = answers(model, {user, item, {}})[0];
      if (!(std::abs(sum - predicted) <= kTolerance * std::max(1.0F, std::abs(predicted)))) {
        return fmt::format("user {}, item {}: the terms add up to {} and the prediction is {}",
                           user, item, sum, predicted);
      }
    }
  }
  return "";
}

std::string tables(Model& model, const Toy& toy) {
  std::set<std::string> names;
  for (const Parameter& parameter : model.parameters()) {
    if (!names.insert(parameter.name).second) {
      return fmt::format("two parameters are named '{}'", parameter.name);
    }
    if (parameter.value.scalar_type() != at::kFloat) {
      return fmt::format("parameter '{}' is not float32", parameter.name);
    }
    const std::int32_t rows =
        parameter.rows == Rows::kUsers ? toy.data.users.size() : toy.data.items.size();
    if (parameter.rows != Rows::kShared &&
        (parameter.value.dim() == 0 || parameter.value.size(0) != rows)) {
      return fmt::format("parameter '{}' does not have the vocabulary's {} rows", parameter.name,
                         rows);
    }
  }
  return "";
}

// The toy's last user has no interaction: folding some in changes what is said of it alone.
std::string folds_in(const Factory<Model>& make, const Toy& toy, const ToyOptions& options) {
  const std::unique_ptr<Model> model = fitted(make, toy, options);
  const std::int32_t user = toy.data.users.size() - 1;
  const ThreadPool pool(1);
  Interactions rows;
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  for (std::int32_t item = 0; item < toy.data.items.size(); item += 2) {
    users.push_back(user);
    items.push_back(item);
    values.push_back(model->output() == Output::kScore ? 1 : toy.data.scale.high);
  }
  rows.users = users;
  rows.items = items;
  rows.values = values;
  if (!toy.data.interactions.times.empty()) {
    rows.times = std::vector<std::int64_t>(users.size(), toy.data.interactions.times[0]);
  }
  const auto about = [&](std::int32_t who) {
    std::vector<float> all(items.size());
    model->predict({std::vector<std::int32_t>(items.size(), who), items, rows.times}, all.data());
    return all;
  };
  const std::vector<float> before = about(user), of_another = about(0);
  if (!model->fold_in(rows, pool)) return "";
  if (about(user) == before) return "it says so, but predicts the same for the new user";
  return about(0) == of_another ? "" : "it changes what is predicted for another user";
}

// Data that a model may refuse (with an Error) but not answer with nonsense.
std::string refused_or_finite(const Factory<Model>& make, const Toy& toy,
                              const ToyOptions& options) {
  std::unique_ptr<Model> model = make();
  try {
    const ToyContext context(toy, options);
    model->fit(context.context());
  } catch (const Error&) {
    return "";
  }
  const Questions questions(toy.data);
  return first_not_finite(answers(*model, questions.query(false)), questions);
}

// Models with passes of their own take plain gradient descent alone.
ModelCheck with_optimizer(const Factory<Model>& make, ModelCheck options) {
  const std::unique_ptr<Model> model = make();
  const auto* trained = dynamic_cast<const GradientModel*>(model.get());
  if (trained != nullptr && trained->runs_passes() && options.fit.optimizer == nullptr) {
    options.fit.optimizer = std::make_shared<ToySgd>();
  }
  return options;
}

// The framework's promise to models: ATen works on one thread.
class OneAtenThread {
 public:
  OneAtenThread() { at::set_num_threads(1); }
  ~OneAtenThread() { at::set_num_threads(before_); }
  OneAtenThread(const OneAtenThread&) = delete;
  OneAtenThread& operator=(const OneAtenThread&) = delete;

 private:
  int before_ = at::get_num_threads();
};

}  // namespace

Findings check_model(const Factory<Model>& make, const ModelCheck& asked, const Watch& watch) {
  const OneAtenThread one_thread;
  Checks checks(watch);
  const ModelCheck options = with_optimizer(make, asked);
  std::unique_ptr<Model> model;
  Toy toy = additive_toy();
  const bool fits = checks.run("fits toy data", [&]() -> std::string {
    const bool scores = make()->output() == Output::kScore;
    if (scores) toy = implicit_toy();
    model = fitted(make, toy, options.fit);
    return learning(*model, toy, options);
  });
  if (!fits && model == nullptr) return checks.take();

  const Questions questions(toy.data);
  checks.run("finite predictions, unknown users and items too", [&] {
    const std::string wrong = first_not_finite(answers(*model, questions.query(true)), questions);
    return wrong.empty() ? first_not_finite(answers(*model, questions.query(false)), questions)
                         : wrong;
  });
  checks.run("writes as many predictions as asked for, none where none",
             [&] { return writes_all(*model, questions); });
  checks.run("the same prediction alone and in a batch",
             [&] { return alone_as_together(*model, questions); });
  checks.run("score agrees with predict", [&] { return scores_as_predicts(*model, toy); });
  checks.run("predicts from several threads at once",
             [&] { return same_from_threads(*model, questions); });
  checks.run("explanations add up to predictions", [&] { return explains(*model, toy); });
  checks.run("parameters are tables of the vocabularies' sizes",
             [&] { return tables(*model, toy); });
  checks.run("folds in new users, or says that it cannot",
             [&] { return folds_in(make, toy, options.fit); });
  check_model_bits(checks, make, options, toy);
  check_gradient(checks, make, options, toy);
  checks.run("data without times is fitted or refused", [&] {
    Toy timeless = toy;
    timeless.data.interactions.times = {};
    return refused_or_finite(make, timeless, options.fit);
  });
  checks.run("no training data is fitted or refused", [&] {
    Toy empty = toy;
    empty.train.clear();
    return refused_or_finite(make, empty, options.fit);
  });
  return checks.take();
}

}  // namespace cofi::testing
