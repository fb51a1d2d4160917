// One small optimizer a defect: the kit finds each, and nothing else.
#include <cmath>

#include "cofi/testing/catch2.hpp"

#include "unit/testing/failures.hpp"

namespace {

using namespace cofi::testing;
using cofi::StepContext;

// Stochastic gradient descent with momentum, dense or lazy, a row at a time.
class Momentum : public cofi::Optimizer {
 public:
  double learning_rate() const override { return 0.01; }
  double weight_decay() const override { return 0; }
  std::vector<std::string> state_names() const override { return {"velocity"}; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override {
    if (lazy() && !context.all_rows) {
      for (const std::int32_t row : context.rows) step_row(value, gradient, state, context, row);
      return;
    }
    cofi::parallel_for(context.pool, value.size(0), 4096,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t row = begin; row < end; ++row)
                           step_row(value, gradient, state, context, row);
                       });
  }

 protected:
  virtual void step_row(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                        const StepContext& context, std::int64_t row) const {
    float* x = value.data_ptr<float>() + row * value.stride(0);
    float* g = gradient.data_ptr<float>() + row * gradient.stride(0);
    float* v = state[0].data_ptr<float>() + row * state[0].stride(0);
    const std::int64_t columns = value.dim() == 1 ? 1 : value.size(1);
    for (std::int64_t n = 0; n < columns; ++n) {
      v[n] = 0.5F * v[n] + g[n] + static_cast<float>(context.weight_decay) * x[n];
      x[n] -= static_cast<float>(context.learning_rate) * v[n];
      g[n] = 0;
    }
  }
};
class Lazy : public Momentum {
  bool lazy() const override { return true; }
};

// A step of the good rule, then something else.
template <class After>
class Spoiled : public Momentum {
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override {
    const at::Tensor before = gradient.clone();
    Momentum::step(value, gradient, state, context);
    After()(value, gradient, state, context, before);
  }
};

struct KeepGradient {
  void operator()(at::Tensor&, at::Tensor& gradient, std::vector<at::Tensor>&, const StepContext&,
                  const at::Tensor& before) const {
    gradient.copy_(before);
  }
};
struct CountThreads {
  void operator()(at::Tensor& value, at::Tensor&, std::vector<at::Tensor>&,
                  const StepContext& context, const at::Tensor&) const {
    if (context.pool.threads() == 3) value.data_ptr<float>()[0] += 1;
  }
};
struct NotANumber {
  void operator()(at::Tensor&, at::Tensor&, std::vector<at::Tensor>& state, const StepContext&,
                  const at::Tensor&) const {
    state[0].data_ptr<float>()[0] = NAN;
  }
};
struct Drift {
  void operator()(at::Tensor& value, at::Tensor&, std::vector<at::Tensor>&, const StepContext& c,
                  const at::Tensor&) const {
    if (c.learning_rate == 0) value.data_ptr<float>()[0] += 1e-3F;
  }
};
struct Reshape {
  void operator()(at::Tensor& value, at::Tensor&, std::vector<at::Tensor>& state,
                  const StepContext&, const at::Tensor&) const {
    if (value.dim() == 2 && value.stride(0) != value.size(1))
      state[0] = state[0].clone(at::MemoryFormat::Contiguous);
  }
};
// Takes a padded table for a contiguous one.
class IgnoresStrides : public Momentum {
  void step_row(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                const StepContext& context, std::int64_t row) const override {
    if (value.dim() == 1) return Momentum::step_row(value, gradient, state, context, row);
    const auto contiguous = [](const at::Tensor& t) {
      return t.as_strided(t.sizes(), {t.size(1), 1});
    };
    at::Tensor wrong = contiguous(value);
    std::vector<at::Tensor> wrong_state = {contiguous(state[0])};
    Momentum::step_row(wrong, gradient, wrong_state, context, row);
  }
};
class ForgetsVectors : public Momentum {
  void step_row(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                const StepContext& context, std::int64_t row) const override {
    if (value.dim() == 2) Momentum::step_row(value, gradient, state, context, row);
  }
};
class Climbs : public Momentum {
  void step_row(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                const StepContext& context, std::int64_t row) const override {
    StepContext backwards = context;
    backwards.learning_rate = -context.learning_rate;
    Momentum::step_row(value, gradient, state, backwards, row);
  }
};
class IgnoresDecay : public Momentum {
  void step_row(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
                const StepContext& context, std::int64_t row) const override {
    StepContext without = context;
    without.weight_decay = 0;
    Momentum::step_row(value, gradient, state, without, row);
  }
};
class NotAsLazyAsItSays : public Momentum {
  bool lazy() const override { return true; }
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override {
    for (std::int64_t row = 0; row < value.size(0); ++row) {
      step_row(value, gradient, state, context, row);
    }
  }
};
class LazierThanItSays : public Momentum {
  void step(at::Tensor& value, at::Tensor& gradient, std::vector<at::Tensor>& state,
            const StepContext& context) const override {
    if (context.all_rows) return Momentum::step(value, gradient, state, context);
    for (const std::int32_t row : context.rows) step_row(value, gradient, state, context, row);
  }
};
class TwoOfAName : public Momentum {
  std::vector<std::string> state_names() const override { return {"velocity", "velocity"}; }
};
class NoRate : public Momentum {
  double learning_rate() const override { return 0; }
};

template <class Class>
Findings findings() {
  return check_optimizer(factory<cofi::Optimizer, Class>());
}

}  // namespace

TEST_CASE("conformance of optimizers") {
  check(findings<Momentum>());
  check(findings<Lazy>());
  CHECK(failures(findings<Climbs>()) ==
        Failed{"descends on a quadratic", "weight decay pulls towards zero"});
  CHECK(failures(findings<IgnoresDecay>()) == Failed{"weight decay pulls towards zero"});
  CHECK(failures(findings<Spoiled<KeepGradient>>()).count("clears the gradient that it used") == 1);
  CHECK(failures(findings<NotAsLazyAsItSays>()) ==
        Failed{"lazy: touches only the rows of the step"});
  CHECK(failures(findings<Spoiled<CountThreads>>()) == Failed{"the same bits on 1 thread and 3"});
  CHECK(failures(findings<IgnoresStrides>()) == Failed{"padded rows are as contiguous ones"});
  CHECK(failures(findings<ForgetsVectors>()) == Failed{"a vector is as a table of one column"});
  CHECK(failures(findings<Spoiled<Drift>>()) == Failed{"a learning rate of zero changes nothing"});
  const std::string state = "keeps the state it names, of the parameter's shape";
  CHECK(message(findings<Spoiled<Reshape>>(), state) ==
        "a step changes the shape of state 'velocity'");
  CHECK(message(findings<Spoiled<NotANumber>>(), state) ==
        "state 'velocity' is not finite after one step");
  CHECK(message(findings<TwoOfAName>(), state) == "two state tensors have the same name");
  CHECK(failures(findings<LazierThanItSays>()) ==
        Failed{"dense: some rows' gradient steps all rows"});
  CHECK(message(findings<NoRate>(), "has a learning rate and a weight decay") ==
        "the learning rate is 0");
}
