#include "ranking.hpp"

#include <cstdio>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/kernels/rows.hpp"
#include "cofi/kernels/scores.hpp"
#include "cofi/model.hpp"
#include "cofi/random.hpp"

#include "eval/rank.hpp"
#include "measure.hpp"

namespace cofi::bench {
namespace {

constexpr std::int32_t kListUsers = 10'000, kListItems = 26'744;
constexpr std::int64_t kFactors = 64;

// Random factors, scored by the kernel that factor models use.
class Factors final : public Model {
 public:
  Factors()
      : users_(kernels::padded_rows(kListUsers, kFactors)),
        items_(kernels::padded_rows(kListItems, kFactors)),
        user_bias_(kListUsers),
        item_bias_(kListItems) {
    Random random(0);
    for (const at::Tensor* table : {&users_, &items_}) {
      const kernels::RowTable rows = kernels::row_table(*table);
      for (std::int64_t id = 0; id < table->size(0); ++id) {
        for (std::int64_t f = 0; f < kFactors; ++f) {
          rows.row(id)[f] = static_cast<float>(random.uniform() - 0.5);
        }
      }
    }
  }
  void fit(const FitContext&) override {}
  void predict(const Query& query, float* out) const override {
    kernels::predict(view(), query.users, query.items, out);
  }
  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    kernels::scores(view(), users, items, out);
  }
  void state(Archive&) override {}

 private:
  kernels::BiasedFactors view() const {
    return {3.5F, user_bias_.data(), item_bias_.data(), kernels::row_table(users_),
            kernels::row_table(items_)};
  }

  at::Tensor users_, items_;
  std::vector<float> user_bias_, item_bias_;
};

Interactions random_rows(std::int64_t each, const char* stream) {
  Random random = Random(0).stream(stream);
  std::vector<std::int32_t> users, items;
  for (std::int32_t user = 0; user < kListUsers; ++user) {
    for (std::int64_t n = 0; n < each; ++n) {
      users.push_back(user);
      items.push_back(static_cast<std::int32_t>(random.below(kListItems)));
    }
  }
  Interactions rows;
  rows.values = std::vector<float>(users.size(), 4.0F);
  rows.users = std::move(users);
  rows.items = std::move(items);
  return rows;
}

}  // namespace

void run_ranking(const ThreadPool& pool) {
  const Factors model;
  const Interactions train = random_rows(100, "train"), test = random_rows(20, "test");
  const std::vector<std::int64_t> counts(kListItems, 1);
  const eval::RankingData data{kListUsers, counts, {&train}};
  const double seconds = median_seconds([&] {
    eval::rank(model, test, data, {}, RankingNeeds{10, false}, pool);
  });
  std::printf("top 10 of 26,744 items, 10,000 users, 64 factors: %.3f s on %d threads\n", seconds,
              pool.threads());
}

}  // namespace cofi::bench
