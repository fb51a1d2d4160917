#include <ATen/ops/equal.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "cofi/delimited.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/gradient_model.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

#include "support/data_folder.hpp"

namespace {

using cofi::testing::make;
using cofi::testing::Toy;
using cofi::testing::ToyContext;

std::unique_ptr<cofi::GradientModel> svd(const std::string& parameters) {
  auto model = make<cofi::Model>("model/svd", parameters);
  return std::unique_ptr<cofi::GradientModel>(static_cast<cofi::GradientModel*>(model.release()));
}

at::Tensor table(cofi::GradientModel& model, const std::string& name) {
  for (const cofi::Parameter& parameter : model.parameters()) {
    if (parameter.name == name) return parameter.value;
  }
  throw std::logic_error("no parameter " + name);
}

using Table = std::vector<std::vector<double>>;  // [rows][columns]

Table plain(const at::Tensor& tensor) {
  const std::int64_t width = tensor.dim() == 1 ? 1 : tensor.size(1);
  Table rows;
  for (std::int64_t row = 0; row < tensor.size(0); ++row) {
    rows.emplace_back();
    for (std::int64_t c = 0; c < width; ++c) {
      rows.back().push_back(tensor.dim() == 1 ? tensor[row].item<double>()
                                              : tensor[row][c].item<double>());
    }
  }
  return rows;
}

// The same model, trained by the textbook in float64: gradient descent on the mean squared error of
// each batch in file order, every value decayed at every step.
struct Textbook {
  double mean;
  Table p, b, q, c;  // user factors, user bias, item factors, item bias

  double predict(std::int32_t user, std::int32_t item) const {
    const auto u = static_cast<std::size_t>(user), i = static_cast<std::size_t>(item);
    return mean + b[u][0] + c[i][0] +
           std::inner_product(p[u].begin(), p[u].end(), q[i].begin(), 0.0);
  }

  void epoch(const cofi::Interactions& train, std::size_t batch, double lr, double decay) {
    for (std::size_t first = 0; first < train.size(); first += batch) {
      const std::size_t last = std::min(first + batch, train.size());
      const Textbook old = *this;
      for (Table* table : {&p, &b, &q, &c}) {
        for (auto& row : *table) {
          for (double& value : row) value -= lr * decay * value;
        }
      }
      for (std::size_t n = first; n < last; ++n) {
        const auto u = static_cast<std::size_t>(train.users[n]);
        const auto i = static_cast<std::size_t>(train.items[n]);
        const double error = old.predict(train.users[n], train.items[n]) - train.values[n];
        const double step = lr * 2 * error / static_cast<double>(last - first);
        b[u][0] -= step;
        c[i][0] -= step;
        for (std::size_t k = 0; k < p[u].size(); ++k) {
          p[u][k] -= step * old.q[i][k];
          q[i][k] -= step * old.p[u][k];
        }
      }
    }
  }
};

}  // namespace

TEST_CASE("model/svd learns") {
  const Toy toy = cofi::testing::block_toy();
  const std::string parameters = "{factors: 5, init_low: -0.3, init_high: 0.3}";
  SECTION("what the textbook's loop in float64 learns") {
    constexpr double kRate = 2, kDecay = 0.001;
    constexpr std::int64_t kBatch = 100, kEpochs = 20;
    cofi::testing::ToyOptions options;
    options.optimizer = make<cofi::Optimizer>("optimizer/sgd", "{lr: 2, weight_decay: 0.001}");
    options.batch = kBatch;
    const ToyContext toy_context(toy, options);
    cofi::FitContext context = toy_context.context();
    context.options.shuffle = false;
    const auto model = svd(parameters);
    model->begin(context);
    Textbook textbook{context.train.mean(), plain(table(*model, "user_factors")),
                      plain(table(*model, "user_bias")), plain(table(*model, "item_factors")),
                      plain(table(*model, "item_bias"))};
    for (std::int64_t epoch = 1; epoch <= kEpochs; ++epoch) {
      model->epoch(epoch);
      textbook.epoch(context.train, kBatch, kRate, kDecay);
    }
    const std::vector<float> learned = cofi::testing::predictions(*model, toy, toy.test);
    const cofi::Interactions& all = toy.data.interactions;
    double largest = 0, moved = 0;
    for (std::size_t n = 0; n < toy.test.size(); ++n) {
      const auto row = static_cast<std::size_t>(toy.test[n]);
      const double expected = textbook.predict(all.users[row], all.items[row]);
      largest = std::max(largest, std::abs(learned[n] - expected));
      moved = std::max(moved, std::abs(expected - textbook.mean));
    }
    CHECK(moved > 0.5);
    CHECK(largest < 1e-4);
  }
  SECTION("the checkerboard, which no sum of biases can, with the same bits on three threads") {
    cofi::testing::ToyOptions options;
    const ToyContext one(toy, options);
    options.threads = 3;
    const ToyContext three(toy, options);
    const auto a = svd(parameters), b = svd(parameters);
    a->fit(one.context());
    b->fit(three.context());
    CHECK(cofi::testing::rmse_of_mean(toy, toy.test) > 1.9);
    CHECK(cofi::testing::rmse(*a, toy, toy.test) < 0.2);
    for (const char* name : {"user_factors", "user_bias", "item_factors", "item_bias"}) {
      CHECK(at::equal(table(*a, name), table(*b, name)));
    }
  }
  SECTION("less where a table is regularized by its own parameter") {
    const ToyContext toy_context(toy);
    const auto model = svd("{factors: 5, init_low: -0.3, init_high: 0.3, reg_item_factors: 10}");
    model->fit(toy_context.context());
    CHECK(table(*model, "item_factors").abs().max().item<double>() < 0.05);
    CHECK(table(*model, "user_factors").abs().max().item<double>() > 0.05);
  }
}

TEST_CASE("model/svd follows the Python program's test error on ml-latest-small") {
  const auto folder = cofi::test::data_folder("ml-latest-small");
  if (!folder) return;
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const cofi::FitContext& base = toy_context.context();
  const cofi::ThreadPool pool(2);
  const cofi::Data data = cofi::read_delimited(cofi::FileBytes::open(*folder + "/ratings.csv"),
                                               cofi::DelimitedFormat(), pool);
  if (data.interactions.size() != 100004) {
    std::cout << "[skipped] needs the ml-latest-small of 100,004 ratings\n";
    return;
  }
  // numpy.random.seed(0), then pandas' sample(frac=0.2).
  const std::vector<std::int32_t> drawn = cofi::NumpyRandom(0).permutation(100004);
  const std::vector<std::int32_t> test_rows(drawn.begin(), drawn.begin() + 20001);
  std::vector<std::int32_t> train_rows(drawn.begin() + 20001, drawn.end());
  std::sort(train_rows.begin(), train_rows.end());
  const cofi::Interactions train = data.interactions.rows(train_rows, pool);
  const cofi::Interactions test = data.interactions.rows(test_rows, pool);
  const cofi::Interactions none;
  std::vector<std::int64_t> user_counts(671), item_counts(9066);
  for (const std::int32_t user : train.users) ++user_counts.at(static_cast<std::size_t>(user));
  for (const std::int32_t item : train.items) ++item_counts.at(static_cast<std::size_t>(item));
  const auto adam = make<cofi::Optimizer>("optimizer/adam", "{lr: 0.01, weight_decay: 0.00028}");
  cofi::TrainOptions options;
  options.batch = 5001;
  options.shuffle = false;
  const cofi::FitContext context{train,         none,        671,
                                 9066,          data.users,  data.items,
                                 user_counts,   item_counts, data.scale,
                                 data.feedback, base.paths,  cofi::Random(0),
                                 c10::kCPU,     pool,        base.communicator,
                                 adam.get(),    options,     base.monitor,
                                 nullptr,       base.shared};
  const auto model = svd("{init: torch}");
  model->begin(context);

  // The thesis' cold start: factors of items without training ratings are the mean of the others'.
  const auto test_error = [&] {
    at::Tensor items = table(*model, "item_factors").detach();
    const at::Tensor kept = items.clone();
    std::vector<double> mean(100);
    double trained = 0;
    for (std::int64_t item = 0; item < 9066; ++item) {
      if (item_counts[static_cast<std::size_t>(item)] == 0) continue;
      ++trained;
      const float* row = items.data_ptr<float>() + item * items.stride(0);
      for (std::size_t k = 0; k < 100; ++k) mean[k] += row[k];
    }
    for (std::int64_t item = 0; item < 9066; ++item) {
      if (item_counts[static_cast<std::size_t>(item)] != 0) continue;
      float* row = items.data_ptr<float>() + item * items.stride(0);
      for (std::size_t k = 0; k < 100; ++k) row[k] = static_cast<float>(mean[k] / trained);
    }
    std::vector<float> predicted(test.size());
    model->predict({test.users, test.items, {}}, predicted.data());
    items.copy_(kept);
    double sum = 0;
    for (std::size_t n = 0; n < predicted.size(); ++n) {
      const double error = double{predicted[n]} - test.values[n];
      sum += error * error;
    }
    return sum / static_cast<double>(test.size());
  };

  // Measured with Python and PyTorch 1.13.1 (100 factors).
  const std::map<std::int64_t, double> expected = {
      {1, 1.0397},  {2, 0.9847},  {3, 0.9333},  {4, 0.8820},  {5, 0.8462},
      {10, 0.7929}, {15, 0.7795}, {20, 0.7726}, {25, 0.7680}, {30, 0.7648}};
  for (std::int64_t epoch = 1; epoch <= 30; ++epoch) {
    model->epoch(epoch);
    const auto found = expected.find(epoch);
    if (found == expected.end()) continue;
    CAPTURE(epoch);
    CHECK(test_error() == Approx(found->second).margin(0.0005));
  }
}
