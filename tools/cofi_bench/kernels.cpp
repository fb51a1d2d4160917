#include "kernels.hpp"

#include <ATen/ops/empty_strided.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cofi/interactions.hpp"
#include "cofi/kernels/adam.hpp"
#include "cofi/kernels/factors.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/sgd.hpp"
#include "cofi/random.hpp"

namespace cofi::bench {
namespace {

// A data set's shape, and a batch of it.
struct Shape {
  std::string name;
  std::int32_t users, items;
  std::int64_t factors, batch;
  std::int32_t batch_users;  // users whom a batch touches: few in file order, all where shuffled
};

// Ratings by row, as the trainer hands them to a model.
struct Side {
  std::vector<std::int32_t> rows, starts, order;

  Side(const std::vector<std::int32_t>& ids, std::int32_t table) {
    Grouping groups = group_by(ids, table);
    for (std::int32_t id = 0; id < table; ++id) {
      if (groups.group(id).empty()) continue;
      rows.push_back(id);
      starts.push_back(static_cast<std::int32_t>(groups.starts[static_cast<std::size_t>(id)]));
    }
    starts.push_back(static_cast<std::int32_t>(ids.size()));
    order = std::move(groups.rows);
  }
  BatchRows view() const { return {rows, starts, order}; }
};

struct Ratings {
  std::vector<std::int32_t> users, items;
  std::vector<float> values;

  explicit Ratings(const Shape& shape) {
    Random random(0);
    for (std::int64_t n = 0; n < shape.batch; ++n) {
      users.push_back(static_cast<std::int32_t>(n * shape.batch_users / shape.batch));
      const double popularity = random.uniform();
      items.push_back(static_cast<std::int32_t>(popularity * popularity * shape.items));
      values.push_back(static_cast<float>(random.below(10)) / 2);
    }
  }
};

struct Tables {
  at::Tensor user_factors, item_factors;
  std::vector<float> user_bias, item_bias;

  explicit Tables(const Shape& shape)
      : user_factors(kernels::padded_rows(shape.users, shape.factors)),
        item_factors(kernels::padded_rows(shape.items, shape.factors)),
        user_bias(static_cast<std::size_t>(shape.users)),
        item_bias(static_cast<std::size_t>(shape.items)) {
    user_factors.fill_(0.01);
    item_factors.fill_(0.02);
  }
  kernels::BiasedFactors view() const {
    return {3.5F, user_bias.data(), item_bias.data(), kernels::row_table(user_factors),
            kernels::row_table(item_factors)};
  }
};

void predictions(const Table& out, const Shape& shape, const ThreadPool& pool) {
  const Tables tables(shape);
  const Ratings ratings(shape);
  std::vector<float> predicted(ratings.users.size());
  const double seconds = median_seconds([&] {
    parallel_for(pool, shape.batch, 512, [&](std::int64_t begin, std::int64_t end) {
      const auto count = static_cast<std::size_t>(end - begin);
      kernels::predict(tables.view(), {ratings.users.data() + begin, count},
                       {ratings.items.data() + begin, count}, predicted.data() + begin);
    });
  });
  const auto row = static_cast<double>(4 * kernels::padded(shape.factors));
  out.row("predict, " + shape.name, pool.threads(), seconds,
          static_cast<double>(shape.batch) * (2 * row + 8 + 8 + 4));
}

// Both sides' row gradients of a batch whose errors are known.
void gradients(const Table& out, const Shape& shape, const ThreadPool& pool) {
  const Tables tables(shape);
  const Ratings ratings(shape);
  const Side users(ratings.users, shape.users), items(ratings.items, shape.items);
  Tables sums(shape);
  const auto add = [&](const Side& side, const at::Tensor& table,
                       const std::vector<std::int32_t>& ids, const at::Tensor& into) {
    const kernels::RowTable from = kernels::row_table(table), to = kernels::row_table(into);
    parallel_for(pool, static_cast<std::int64_t>(side.rows.size()), 16,
                 [&](std::int64_t begin, std::int64_t end) {
                   kernels::add_weighted_rows(from, side.view(), begin, end, ids.data(),
                                              ratings.values.data(), to.data, to.stride);
                 });
  };
  const double seconds = median_seconds([&] {
    add(users, tables.item_factors, ratings.items, sums.user_factors);
    add(items, tables.user_factors, ratings.users, sums.item_factors);
  });
  const auto row = static_cast<double>(4 * kernels::padded(shape.factors));
  const auto touched = static_cast<double>(users.rows.size() + items.rows.size());
  out.row("row gradients, " + shape.name, pool.threads(), seconds,
          static_cast<double>(shape.batch) * 2 * (row + 12) + touched * 2 * row);
}

// One step of an optimizer over a whole table, of which a batch touched the rows.
template <class Rule, class Step>
void steps(const Table& out, const std::string& name, const Shape& shape, const Rule& rule,
           const Step& step, std::size_t states, const ThreadPool& pool) {
  const Ratings ratings(shape);
  const Side items(ratings.items, shape.items);
  at::Tensor value = Tables(shape).item_factors;
  const auto like = [&] {
    return at::empty_strided(value.sizes(), value.strides(), value.options()).zero_();
  };
  at::Tensor gradient = like();
  std::vector<at::Tensor> state;
  for (std::size_t n = 0; n < states; ++n) state.push_back(like());
  std::int64_t number = 0;
  const double seconds = median_seconds([&] {
    step(rule, value, gradient, state,
         StepContext{++number, 0.01, 0.0003, items.rows, false, pool});
  });
  const auto floats = static_cast<double>(shape.items * shape.factors);
  const auto touched = static_cast<double>(items.rows.size()) * static_cast<double>(shape.factors);
  out.row(name + ", " + shape.name, pool.threads(), seconds,
          8 * floats * static_cast<double>(1 + states) + 8 * touched);
}

}  // namespace

void run_kernels(const Table& table, const ThreadPool& pool) {
  // ml-latest-small as in the thesis: a batch in file order holds some 33 users.
  const Shape small{"small: 100 factors, batch 5001", 671, 9066, 100, 5001, 33};
  const Shape large{"ml-20m: 64 factors, batch 100k", 138'493, 26'744, 64, 100'000, 72'000};
  for (const Shape& shape : {small, large}) {
    predictions(table, shape, pool);
    gradients(table, shape, pool);
    steps(table, "dense adam", shape, kernels::Adam(), kernels::adam, 2, pool);
    steps(table, "dense sgd", shape, kernels::Sgd(), kernels::sgd, 0, pool);
  }
}

}  // namespace cofi::bench
