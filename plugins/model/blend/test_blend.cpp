#include <catch2/catch.hpp>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/progress.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using Catch::Matchers::Contains;
using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

const std::string kMeans = "models: {users: {use: mean, of: user}, items: {use: mean, of: item}}";

std::unique_ptr<cofi::Model> blend(const std::string& parameters) {
  return make<cofi::Model>("model/blend", "{" + parameters + "}");
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// The training rows and others, of a toy.
cofi::Interactions rows_of(const Toy& toy, const std::vector<std::int32_t>& rows) {
  return toy.data.interactions.rows(rows, cofi::ThreadPool(1));
}

// Asks to stop once, before the n-th model is fitted; keeps the checkpoint.
class StopsOnce final : public cofi::Monitor {
 public:
  explicit StopsOnce(int asked) : left_(asked) {}
  bool stop_requested() override { return left_-- == 0; }
  void save_checkpoint(const cofi::Archive& archive) override { saved_ = archive.snapshot(); }
  std::optional<cofi::Archive> load_checkpoint() override { return saved_; }

 private:
  int left_;
  std::optional<cofi::Archive> saved_;
};

}  // namespace

TEST_CASE("model/blend") {
  const Toy toy = cofi::testing::additive_toy();
  SECTION("weights by the normal equations, in double, on the validation part") {
    const ToyContext base(toy);
    const cofi::Interactions validation = rows_of(toy, toy.test);
    const cofi::FitContext& c = base.context();
    const cofi::FitContext context{
        c.train,        validation,  c.users,    c.items,   c.user_ids, c.item_ids, c.user_counts,
        c.item_counts,  c.scale,     c.feedback, c.paths,   c.random,   c.device,   c.pool,
        c.communicator, c.optimizer, c.options,  c.monitor, nullptr,    c.shared};
    const auto users = make<cofi::Model>("model/mean", "{of: user}");
    const auto items = make<cofi::Model>("model/mean", "{of: item}");
    users->fit(context);
    items->fit(context);
    // Sums of squares and products about the means.
    double n = 0, x = 0, y = 0, v = 0, xx = 0, yy = 0, xy = 0, xv = 0, yv = 0;
    for (std::size_t k = 0; k < validation.size(); ++k) {
      const double a = predict(*users, validation.users[k], validation.items[k]);
      const double b = predict(*items, validation.users[k], validation.items[k]);
      const double value = validation.values[k];
      n += 1, x += a, y += b, v += value;
      xx += a * a, yy += b * b, xy += a * b, xv += a * value, yv += b * value;
    }
    xx -= x * x / n, yy -= y * y / n, xy -= x * y / n, xv -= x * v / n, yv -= y * v / n;
    constexpr double kPenalty = 7;
    xx += kPenalty, yy += kPenalty;
    const double of_users = (xv * yy - yv * xy) / (xx * yy - xy * xy);
    const double of_items = (yv * xx - xv * xy) / (xx * yy - xy * xy);
    const double intercept = (v - of_users * x - of_items * y) / n;

    const auto model = blend(kMeans + ", weights: validation, reg: 7");
    model->fit(context);
    const auto why = model->explain(3, 5);
    REQUIRE(why);
    REQUIRE(why->terms.size() == 3);
    CHECK(why->terms[0].value == Approx(intercept));
    CHECK(why->terms[1].value == Approx(of_users * predict(*users, 3, 5)));
    CHECK(why->terms[2].value == Approx(of_items * predict(*items, 3, 5)));
    CHECK(why->sum() == Approx(predict(*model, 3, 5)));
  }
  SECTION("by holdout it is better than each of its models, and they are fitted on all at last") {
    const ToyContext context(toy);
    const auto model = blend(kMeans + ", reg: 0.001");
    model->fit(context.context());
    const auto users = make<cofi::Model>("model/mean", "{of: user}");
    const auto items = make<cofi::Model>("model/mean", "{of: item}");
    users->fit(context.context());
    items->fit(context.context());
    // User means and item means add up to the additive toy, but for who rated what.
    const double blended = cofi::testing::rmse(*model, toy, toy.test);
    CHECK(blended < 0.2 * cofi::testing::rmse(*users, toy, toy.test));
    CHECK(blended < 0.2 * cofi::testing::rmse(*items, toy, toy.test));
    const auto why = model->explain(3, 5);
    const double weight = why->terms[1].value / predict(*users, 3, 5);
    CHECK(model->explain(7, 5)->terms[1].value == Approx(weight * predict(*users, 7, 5)));
  }
  SECTION("the fit on all interactions starts from nothing") {
    const ToyContext context(toy);
    const auto model = blend("models: {knn: {use: knn, by: item, k: 5}}, reg: 0.001");
    model->fit(context.context());
    const auto alone = make<cofi::Model>("model/knn", "{by: item, k: 5}");
    alone->fit(context.context());
    cofi::Archive blended, own;
    model->state(blended);
    alone->state(own);
    const cofi::Archive nested = blended.reopened().child("knn");
    CHECK(nested.names() == own.names());
    for (const std::string& name : own.names()) {
      if (name != "has_values") continue;
      std::vector<float> once, twice;
      cofi::Archive stored = own.reopened(), within = nested;
      stored(name, once);
      within(name, twice);
      CHECK(once == twice);
    }
  }
  SECTION("interrupted anywhere, it goes on after what was fitted") {
    const ToyContext base(toy);
    const cofi::FitContext& c = base.context();
    const auto whole = blend(kMeans);
    whole->fit(c);
    for (int stop = 0; stop < 4; ++stop) {
      StopsOnce monitor(stop);
      const cofi::FitContext context{
          c.train,        c.validation, c.users,    c.items, c.user_ids, c.item_ids, c.user_counts,
          c.item_counts,  c.scale,      c.feedback, c.paths, c.random,   c.device,   c.pool,
          c.communicator, c.optimizer,  c.options,  monitor, nullptr,    c.shared};
      CHECK_THROWS_AS(blend(kMeans)->fit(context), cofi::Interrupted);
      const auto again = blend(kMeans);
      again->fit(context);
      CHECK(predict(*again, 3, 5) == predict(*whole, 3, 5));
      CHECK(again->explain(3, 5)->terms[1].value == whole->explain(3, 5)->terms[1].value);
    }
  }
  SECTION("nested models train with optimizers and options of their own, or the blend's") {
    const ToyContext context(toy);
    const auto own = blend(
        "models: {svd: {use: svd, factors: 2, optimizer: {use: sgd, lr: 0.02}, train: {epochs: 1, "
        "batch: 64}}}");
    const auto owners = blend("models: {svd: {use: svd, factors: 2}}");
    own->fit(context.context());
    owners->fit(context.context());
    // One epoch of plain descent learns next to nothing, the context's sixty learn the toy.
    CHECK(cofi::testing::rmse(*owners, toy, toy.train) < 0.1);
    CHECK(cofi::testing::rmse(*own, toy, toy.train) > 0.1);
  }
  SECTION("the names of its tables say whose they are") {
    const ToyContext context(toy);
    const auto model = blend("models: {a: {use: bias}, b: {use: bias, method: damped}}");
    model->fit(context.context());
    std::vector<std::string> names;
    for (const cofi::Parameter& parameter : model->parameters()) names.push_back(parameter.name);
    CHECK(names ==
          std::vector<std::string>{"a.user_bias", "a.item_bias", "b.user_bias", "b.item_bias"});
  }
  SECTION("what cannot be blended is said") {
    CHECK_THROWS_WITH(blend("models: {}"), Contains("models: is empty"));
    CHECK_THROWS_WITH(blend("models: {top: popularity}"),
                      Contains("'top' predicts scores, which do not add up to ratings"));
    CHECK_THROWS_WITH(blend(kMeans + ", weights: validation")->fit(ToyContext(toy).context()),
                      Contains("the split has no validation part"));
    Toy small = toy;
    small.train.resize(5);
    CHECK_THROWS_WITH(blend(kMeans)->fit(ToyContext(small).context()),
                      Contains("leaves 0 to learn weights on"));
  }
}
