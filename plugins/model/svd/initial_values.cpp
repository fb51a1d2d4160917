#include "initial_values.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

namespace {

InitialRange range(const cofi::Params& params, const std::string& what) {
  const std::string low = "init" + what + "_low", high = "init" + what + "_high";
  const InitialRange made{params.text("init_distribution") == "normal", params.real(low),
                          params.real(high), params.real("init" + what + "_deviation")};
  if (made.low > made.high) {
    throw params.error(high, "is " + std::to_string(made.high) + ", below " + low + " (" +
                                 std::to_string(made.low) + ")");
  }
  return made;
}

// Each row from a stream of its own, so that a table's height moves no other row's values.
void fill(at::Tensor& table, const InitialRange& range, const cofi::Random& random,
          const cofi::ThreadPool& pool) {
  const std::int64_t width = table.dim() == 1 ? 1 : table.size(1);
  float* values = table.data_ptr<float>();
  constexpr std::int64_t kGrain = 256;
  cofi::parallel_for(pool, table.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      cofi::Random own = random.stream(static_cast<std::uint64_t>(row));
      std::generate_n(values + row * width, width, [&] {
        return static_cast<float>(range.normal ? range.deviation * own.normal()
                                               : own.uniform(range.low, range.high));
      });
    }
  });
}

}  // namespace

InitialValues::InitialValues(const cofi::Params& params)
    : torch_(params.text("init") == "torch"),
      factors_(range(params, "")),
      biases_(range(params, "_bias")) {}

InitialTables InitialValues::draw(std::int64_t users, std::int64_t items, std::int64_t factors,
                                  const cofi::Random& random, const cofi::ThreadPool& pool) const {
  InitialTables tables{at::empty({users, factors}, at::kFloat), at::empty({users}, at::kFloat),
                       at::empty({items, factors}, at::kFloat), at::empty({items}, at::kFloat)};
  if (torch_) {
    draw_as_torch(tables, random.seed());
    return tables;
  }
  const cofi::Random init = random.stream("init");
  fill(tables.user_factors, factors_, init.stream("user_factors"), pool);
  fill(tables.user_bias, biases_, init.stream("user_bias"), pool);
  fill(tables.item_factors, factors_, init.stream("item_factors"), pool);
  fill(tables.item_bias, biases_, init.stream("item_bias"), pool);
  return tables;
}

void InitialValues::draw_as_torch(InitialTables& tables, std::uint64_t seed) const {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  // torch.nn.Embedding fills itself when it is made, which moves the generator on.
  for (at::Tensor* table :
       {&tables.user_factors, &tables.user_bias, &tables.item_factors, &tables.item_bias}) {
    table->normal_(0, 1, generator);
  }
  const auto draw = [&](at::Tensor& table, const InitialRange& range) {
    if (range.normal) {
      table.normal_(0, range.deviation, generator);
    } else {
      table.uniform_(range.low, range.high, generator);
    }
  };
  draw(tables.user_factors, factors_);
  draw(tables.user_bias, biases_);
  draw(tables.item_factors, factors_);
  draw(tables.item_bias, biases_);
}
