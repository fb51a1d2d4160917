// One small model a defect: the kit finds each, and nothing else.
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "cofi/fit_context.hpp"
#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;

// Mean of the user + mean of the item - mean: right on a full table of sums.
class Means : public cofi::Model {
 public:
  void fit(const cofi::FitContext& context) override {
    mean_ = context.train.mean();
    users_ = means(context.train.users, context.train.values, context.users);
    items_ = means(context.train.items, context.train.values, context.items);
  }
  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = one(query.users[n], query.items[n]);
  }
  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("users", users_);
    archive("items", items_);
  }

 protected:
  float one(std::int32_t user, std::int32_t item) const {
    return of(users_, user) + of(items_, item) - static_cast<float>(mean_);
  }
  float of(const at::Tensor& table, std::int32_t row) const {
    return row < 0 ? static_cast<float>(mean_) : table.data_ptr<float>()[row];
  }
  at::Tensor means(const cofi::Column<std::int32_t>& ids, const cofi::Column<float>& values,
                   std::int32_t rows) const {
    std::vector<double> sums(static_cast<std::size_t>(rows), mean_);  // one rating of the mean
    std::vector<double> counts(sums.size(), 1);
    for (std::size_t n = 0; n < ids.size(); ++n) {
      sums[static_cast<std::size_t>(ids[n])] += values[n];
      ++counts[static_cast<std::size_t>(ids[n])];
    }
    at::Tensor table = at::zeros({rows});
    for (std::size_t row = 0; row < sums.size(); ++row) {
      table.data_ptr<float>()[row] = static_cast<float>(sums[row] / counts[row]);
    }
    return table;
  }

  double mean_ = 0;
  at::Tensor users_ = at::zeros({0}), items_ = at::zeros({0});
};

class FoldsEverybodyIn : public Means {
  bool fold_in(const cofi::Interactions&, const cofi::ThreadPool&) override {
    users_ += 1;
    return true;
  }
};
class LearnsTheMean : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = static_cast<float>(mean_);
  }
};
class NanForUnknownItems : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    Means::predict(query, out);
    for (std::size_t n = 0; n < query.size(); ++n) {
      if (query.items[n] < 0) out[n] = std::numeric_limits<float>::quiet_NaN();
    }
  }
};
class LeavesTheLastUnwritten : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    if (query.size() == 0) return;
    Means::predict({query.users.slice(1), query.items.slice(1), {}}, out + 1);
  }
};
class WritesPastTheEnd : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    Means::predict(query, out);
    if (query.size() == 0) out[0] = 0;
  }
};
class MindsItsCompany : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    Means::predict(query, out);
    for (std::size_t n = 0; n < query.size(); ++n) {
      out[n] += 0.001F * static_cast<float>(query.size() > 1);
    }
  }
};
class ScoresOtherwise : public Means {
  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t> times, std::int32_t items,
             float* out) const override {
    Means::score(users, times, items, out);
    out[users.size() * static_cast<std::size_t>(items) - 1] += 0.01F;
  }
};
class SharesItsScratch : public Means {
  void predict(const cofi::Query& query, float* out) const override {
    const bool shared = callers_.fetch_add(1) > 0;
    if (query.size() > 100) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    Means::predict(query, out);
    if (shared && query.size() > 0) out[0] += 1;
    callers_.fetch_sub(1);
  }
  mutable std::atomic<int> callers_{0};
};
class ExplainsBadly : public Means {
  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("user", of(users_, user));
    why.add("item", of(items_, item));
    return why;
  }
};
class NamesTwoAlike : public Means {
  std::vector<cofi::Parameter> parameters() override {
    return {{"bias", users_, cofi::Rows::kUsers}, {"bias", items_, cofi::Rows::kItems}};
  }
};
class SwapsItsTables : public Means {
  std::vector<cofi::Parameter> parameters() override {
    return {{"users", items_, cofi::Rows::kUsers}};
  }
};
class ForgetsItsItems : public Means {
  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("users", users_);
    if (archive.reading()) items_ = at::full({items_.size(0) + 51}, 3.0F);
  }
};
class NamesByTheSeed : public Means {
  void fit(const cofi::FitContext& context) override {
    Means::fit(context);
    name_ = "seed" + std::to_string(context.random.seed());
  }
  void state(cofi::Archive& archive) override {
    Means::state(archive);
    std::int64_t one = 1;
    if (!archive.reading()) archive(name_, one);
    if (archive.reading() && archive.has("seed1")) name_ = "seed1";
  }
  std::string name_;
};
class CountsThreads : public Means {
  void fit(const cofi::FitContext& context) override {
    Means::fit(context);
    mean_ += 1e-7 * (context.pool.threads() == 2);
  }
};
class RemembersOtherFits : public Means {
  void fit(const cofi::FitContext& context) override {
    static int fits = 0;
    Means::fit(context);
    mean_ += 1e-6 * ++fits;
  }
};
class NeedsTimes : public Means {
  void fit(const cofi::FitContext& context) override {
    Means::fit(context);
    mean_ += static_cast<double>(context.train.times.view().at(0) % 2);
  }
};
class DividesByNothing : public Means {
  void fit(const cofi::FitContext& context) override {
    Means::fit(context);
    if (context.train.size() == 0) mean_ = std::numeric_limits<double>::quiet_NaN();
  }
};
class RefusesEverything : public Means {
  void fit(const cofi::FitContext&) override { throw cofi::Error("no data is good enough"); }
};

// Scores that order items by popularity, and those that order them the other way around.
class Popular : public Means {
 public:
  void fit(const cofi::FitContext& context) override {
    Means::fit(context);
    users_.zero_();
    for (std::int32_t item = 0; item < context.items; ++item) {
      items_.data_ptr<float>()[item] =
          sign_ * static_cast<float>(context.item_counts[static_cast<std::size_t>(item)]);
    }
  }
  cofi::Output output() const override { return cofi::Output::kScore; }

 protected:
  float sign_ = 1;
};
class Unpopular : public Popular {
 public:
  Unpopular() { sign_ = -1; }
};

template <class Class>
Findings findings(const ModelCheck& options = {}) {
  return check_model(factory<cofi::Model, Class>(), options);
}

}  // namespace

TEST_CASE("conformance of models") {
  SECTION("a good model passes every check") {
    check(findings<Means>());
    check(findings<Popular>());
    CHECK(findings<Means>().size() > 12);
  }
  SECTION("it learns") {
    const std::string fits = "fits toy data";
    CHECK(failures(findings<LearnsTheMean>()) == Failed{fits});
    CHECK_THAT(message(findings<LearnsTheMean>(), fits),
               Catch::Matchers::Matches("RMSE 0.9.* on the training rows of additive_toy, expected "
                                        "0 to 0.6.* \\(predicting the mean gets 0.9.*\\)"));
    CHECK(failures(findings<Unpopular>()) == Failed{fits});
  }
  SECTION("who folds a user in leaves the others as they are") {
    const std::string folds = "folds in new users, or says that it cannot";
    CHECK(failures(findings<FoldsEverybodyIn>()) == Failed{folds});
    CHECK_THAT(message(findings<FoldsEverybodyIn>(), folds), Catch::Contains("another user"));
  }
  SECTION("a test may say how well") {
    ModelCheck options;
    options.train_rmse = {0.0, 0.1};
    options.test_rmse = {0.0, 0.1};
    CHECK(failures(findings<Means>(options)).empty());
    options.test_rmse = {0.5, 0.6};
    CHECK(failures(findings<Means>(options)) == Failed{"fits toy data"});
    options.test_rmse = std::nullopt;
    options.train_rmse = {0.5, 0.6};
    CHECK(failures(findings<Means>(options)) == Failed{"fits toy data"});
  }
  SECTION("it predicts for whatever is asked") {
    const std::string finite = "finite predictions, unknown users and items too";
    const Findings nan = findings<NanForUnknownItems>();
    CHECK(failures(nan).count(finite) == 1);
    CHECK(message(nan, finite) == "the prediction for user -1, item -1 is nan");
    CHECK(failures(findings<LeavesTheLastUnwritten>()).count(finite) == 1);
    CHECK(failures(findings<WritesPastTheEnd>()) ==
          Failed{"writes as many predictions as asked for, none where none"});
    CHECK(failures(findings<MindsItsCompany>()).count("the same prediction alone and in a batch"));
    CHECK(failures(findings<ScoresOtherwise>()) == Failed{"score agrees with predict"});
    CHECK(failures(findings<SharesItsScratch>()) ==
          Failed{"predicts from several threads at once"});
  }
  SECTION("what it says of itself is true") {
    CHECK(failures(findings<ExplainsBadly>()) == Failed{"explanations add up to predictions"});
    const std::string tables = "parameters are tables of the vocabularies' sizes";
    CHECK(failures(findings<NamesTwoAlike>()) == Failed{tables});
    CHECK(failures(findings<SwapsItsTables>()) == Failed{tables});
  }
  SECTION("its state is all of it") {
    CHECK(failures(findings<ForgetsItsItems>()) == Failed{"saves and loads bit for bit"});
    CHECK(failures(findings<NamesByTheSeed>()) ==
          Failed{"the state's names are the same for every fit"});
  }
  SECTION("equal seeds give equal bits") {
    CHECK(failures(findings<CountsThreads>()) ==
          Failed{"the same seed gives the same bits, 1 thread and 2"});
    CHECK(failures(findings<RemembersOtherFits>()) ==
          Failed{"the same seed gives the same bits, 1 thread and 1",
                 "the same seed gives the same bits, 1 thread and 2",
                 "the same seed gives the same bits, 1 thread and 3"});
  }
  SECTION("data that it cannot use is refused by an Error") {
    CHECK(failures(findings<NeedsTimes>()) == Failed{"data without times is fitted or refused",
                                                     "no training data is fitted or refused"});
    CHECK(failures(findings<DividesByNothing>()) ==
          Failed{"no training data is fitted or refused"});
    const Findings refused = findings<RefusesEverything>();
    CHECK(failures(refused) == Failed{"fits toy data"});
    CHECK(message(refused, "fits toy data") == "it threw: no data is good enough");
  }
}
