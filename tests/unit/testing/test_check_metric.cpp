// One small metric a defect: the kit finds each, and nothing else.
#include <cmath>

#include "cofi/mean_error.hpp"
#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;
using cofi::EvalContext;
using cofi::MetricValue;

class MeanAbsolute : public cofi::Metric {
 public:
  bool higher_is_better() const override { return false; }
  MetricValue compute(const EvalContext& context) const override {
    return cofi::mean_error(context, [](double e) { return std::abs(e); });
  }
};

class WrongDirection : public MeanAbsolute {
  bool higher_is_better() const override { return true; }
};
class Signed : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    return cofi::mean_error(context, [](double e) { return e; });
  }
};
class Infinite : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    return cofi::transformed(MeanAbsolute::compute(context), [](double e) { return 1 / (e - e); });
  }
};
class MindsTheFirstRow : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    MetricValue all = MeanAbsolute::compute(context);
    if (!context.predictions.empty()) all.value += 1e-9 * context.interactions.items[0];
    return all;
  }
};
class SumsPerUser : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    MetricValue all = MeanAbsolute::compute(context);
    for (double& value : all.per_user) value *= 2;
    return all;
  }
};
class NamesUsersWithoutRows : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    MetricValue all = MeanAbsolute::compute(context);
    all.users.push_back(60);
    all.per_user.push_back(0);
    return all;
  }
};
class LosesUsers : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    MetricValue all = MeanAbsolute::compute(context);
    all.users.clear();
    return all;
  }
};
class DividesByRowsLessOne : public MeanAbsolute {
  MetricValue compute(const EvalContext& context) const override {
    const double n = static_cast<double>(context.predictions.size());
    return {MeanAbsolute::compute(context).value * n / (n - 1) + 1 / (n - 1), {}, {}};
  }
};
class CountsItsObjects : public MeanAbsolute {
 public:
  CountsItsObjects() {
    static int objects = 0;
    number_ = ++objects;
  }
  MetricValue compute(const EvalContext& context) const override {
    return {MeanAbsolute::compute(context).value + number_, {}, {}};
  }
  int number_;
};

template <class Class>
Findings findings() {
  return check_metric(factory<cofi::Metric, Class>());
}

}  // namespace

TEST_CASE("conformance of metrics") {
  check(findings<MeanAbsolute>());
  const std::string direction = "perfect predictions are best, larger errors worse";
  CHECK(failures(findings<WrongDirection>()) == Failed{direction});
  CHECK(message(findings<WrongDirection>(), direction) ==
        message(findings<WrongDirection>(), direction));
  CHECK_THAT(message(findings<WrongDirection>(), direction),
             Catch::Matchers::StartsWith("errors of 0 give 0 and errors of 0.25 give 0.") &&
                 Catch::Matchers::EndsWith("though higher is better"));
  CHECK(failures(findings<Signed>()).count(direction) == 1);
  CHECK(failures(findings<Infinite>()) == Failed{"is finite"});
  CHECK(failures(findings<MindsTheFirstRow>()).count("the order of the rows does not matter") == 1);
  const std::string per_user = "per-user values are those of the users' rows";
  CHECK(failures(findings<SumsPerUser>()) == Failed{per_user});
  CHECK(failures(findings<LosesUsers>()).count(per_user) == 1);
  CHECK(message(findings<NamesUsersWithoutRows>(), per_user) == "user 60 has a value and no rows");
  CHECK(failures(findings<DividesByRowsLessOne>()) == Failed{"few rows give a value or none"});
  CHECK(failures(findings<CountsItsObjects>()) == Failed{"another gives the same"});
}
