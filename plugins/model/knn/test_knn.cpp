#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/testing/make.hpp"
#include "cofi/testing/toy_context.hpp"
#include "cofi/testing/toy_data.hpp"

namespace {

using cofi::testing::Toy;
using cofi::testing::ToyContext;
using Ratings = std::map<std::int32_t, double>;  // of one row, by column

std::unique_ptr<cofi::Model> knn(const std::string& parameters) {
  return cofi::testing::make<cofi::Model>("model/knn", "{" + parameters + "}");
}

float predict(const cofi::Model& model, std::int32_t user, std::int32_t item) {
  float out = 0;
  model.predict({{&user, 1}, {&item, 1}, {}}, &out);
  return out;
}

// 12 users, 9 items, about half of the cells, values in halves without a pattern.
Toy uneven_toy() {
  std::vector<std::int32_t> users, items;
  std::vector<float> values;
  for (std::int32_t user = 0; user < 12; ++user) {
    for (std::int32_t item = 0; item < 9; ++item) {
      const std::int32_t draw = (user * 37 + item * 61 + user * item * 13) % 101;
      if (draw % 2 == 0) continue;
      users.push_back(user);
      items.push_back(item);
      values.push_back(static_cast<float>(draw % 9) / 2 + 1);
    }
  }
  Toy toy;
  for (std::int32_t user = 0; user < 12; ++user) toy.data.users.add("u" + std::to_string(user));
  for (std::int32_t item = 0; item < 9; ++item) toy.data.items.add("i" + std::to_string(item));
  for (std::size_t n = 0; n < users.size(); ++n) toy.train.push_back(static_cast<std::int32_t>(n));
  toy.data.interactions.users = std::move(users);
  toy.data.interactions.items = std::move(items);
  toy.data.interactions.values = std::move(values);
  return toy;
}

// Everything in plain double arithmetic, straight from the formulas of README.md.
class Plain {
 public:
  Plain(const Toy& toy, bool by_user) {
    const cofi::Interactions& all = toy.data.interactions;
    const std::int32_t users = toy.data.users.size(), items = toy.data.items.size();
    rows_.resize(static_cast<std::size_t>(by_user ? users : items));
    columns_ = by_user ? items : users;
    for (std::size_t n = 0; n < all.size(); ++n) {
      const std::int32_t row = by_user ? all.users[n] : all.items[n];
      rows_[static_cast<std::size_t>(row)][by_user ? all.items[n] : all.users[n]] = all.values[n];
    }
    mean_ = all.mean();
    find_biases(by_user);
  }

  std::size_t size() const { return rows_.size(); }
  std::int32_t columns() const { return columns_; }
  const Ratings& row(std::size_t r) const { return rows_[r]; }
  double baseline(std::size_t r, std::int32_t c) const {
    return mean_ + row_bias_[r] + column_bias_[static_cast<std::size_t>(c)];
  }
  double mean() const { return mean_; }
  static double mean_of(const Ratings& row) {
    double sum = 0;
    for (const auto& entry : row) sum += entry.second;
    return sum / static_cast<double>(row.size());
  }
  double column_mean(std::int32_t c) const {
    double sum = 0, count = 0;
    for (const Ratings& row : rows_) {
      if (row.count(c) > 0) {
        sum += row.at(c);
        ++count;
      }
    }
    return sum / count;
  }

  static std::vector<std::int32_t> common(const Ratings& a, const Ratings& b) {
    std::vector<std::int32_t> both;
    for (const auto& entry : a) {
      if (b.count(entry.first) > 0) both.push_back(entry.first);
    }
    return both;
  }

  static double cosine(const Ratings& a, const Ratings& b, bool over_all) {
    double dot = 0, aa = 0, bb = 0;
    for (const std::int32_t c : common(a, b)) {
      dot += a.at(c) * b.at(c);
      aa += a.at(c) * a.at(c);
      bb += b.at(c) * b.at(c);
    }
    if (over_all) {
      aa = bb = 0;
      for (const auto& entry : a) aa += entry.second * entry.second;
      for (const auto& entry : b) bb += entry.second * entry.second;
    }
    return aa * bb > 0 ? dot / std::sqrt(aa * bb) : 0;
  }

  static double pearson(const Ratings& a, const Ratings& b, bool over_all) {
    Ratings left, right;
    const auto both = common(a, b);
    if (over_all) {
      for (const auto& entry : a) left[entry.first] = entry.second - mean_of(a);
      for (const auto& entry : b) right[entry.first] = entry.second - mean_of(b);
      return cosine(left, right, true);
    }
    for (const std::int32_t c : both) {
      left[c] = a.at(c);
      right[c] = b.at(c);
    }
    if (both.empty()) return 0;
    const double mean_a = mean_of(left), mean_b = mean_of(right);
    for (const std::int32_t c : both) {
      left[c] -= mean_a;
      right[c] -= mean_b;
    }
    double spread_a = 0, spread_b = 0;
    for (const std::int32_t c : both) {
      spread_a += left[c] * left[c];
      spread_b += right[c] * right[c];
    }
    return spread_a > 1e-12 && spread_b > 1e-12 ? cosine(left, right, false) : 0;
  }

  static Ratings ranks(const Ratings& row) {
    Ratings ranked;
    for (const auto& entry : row) {
      double below = 0, equal = 0;
      for (const auto& other : row) {
        below += other.second < entry.second ? 1 : 0;
        equal += other.second == entry.second ? 1 : 0;
      }
      ranked[entry.first] = below + (equal + 1) / 2;
    }
    return ranked;
  }

  double similarity(const std::string& name, bool all, std::size_t i, std::size_t j) const {
    const Ratings &a = rows_[i], &b = rows_[j];
    const auto both = common(a, b);
    const auto n = static_cast<double>(both.size());
    if (both.empty()) return 0;
    const auto changed = [&](const auto& change) {
      Ratings left, right;
      for (const auto& [c, value] : a) left[c] = change(i, c, value);
      for (const auto& [c, value] : b) right[c] = change(j, c, value);
      return cosine(left, right, all);
    };
    if (name == "cosine") return cosine(a, b, all);
    if (name == "pearson") return pearson(a, b, all);
    if (name == "weighted_pearson") return pearson(a, b, all) * std::min(n, 4.0) / 4;
    if (name == "spearman") return pearson(ranks(a), ranks(b), all);
    if (name == "adjusted_cosine") {
      return changed([&](std::size_t, std::int32_t c, double v) { return v - column_mean(c); });
    }
    if (name == "pearson_baseline") {
      return changed([&](std::size_t r, std::int32_t c, double v) { return v - baseline(r, c); }) *
             (n - 1) / (n - 1 + 100);
    }
    if (name == "frequency_pearson") {
      return changed([&](std::size_t r, std::int32_t c, double v) {
        double has = 0;
        for (const Ratings& row : rows_) has += row.count(c) > 0 ? 1 : 0;
        return (v - mean_of(rows_[r])) * std::sqrt(std::log(static_cast<double>(size()) / has));
      });
    }
    if (name == "msd") {
      double sum = 0;
      for (const std::int32_t c : both) sum += (a.at(c) - b.at(c)) * (a.at(c) - b.at(c));
      return 1 / (sum / n + 1);
    }
    const auto na = static_cast<double>(a.size()), nb = static_cast<double>(b.size());
    if (name == "jaccard") return n / (na + nb - n);
    return n / (std::pow(na, 0.3) * std::pow(nb, 0.7));  // asymmetric_cosine, alpha 0.3
  }

  // With the k nearest of positive similarity.
  double predict(const std::string& name, bool all, const std::string& normalization,
                 std::size_t row, std::int32_t column, std::size_t k) const {
    const auto offset = [&](std::size_t r) {
      if (normalization == "none") return 0.0;
      return normalization == "baseline" ? baseline(r, column) : mean_of(rows_[r]);
    };
    const auto spread = [&](std::size_t r) {
      if (normalization != "zscore") return 1.0;
      double sum = 0;
      for (const auto& entry : rows_[r]) sum += std::pow(entry.second - mean_of(rows_[r]), 2);
      return std::sqrt(sum / static_cast<double>(rows_[r].size()));
    };
    std::vector<std::pair<double, std::size_t>> near;
    for (std::size_t r = 0; r < size(); ++r) {
      if (r == row || rows_[r].count(column) == 0) continue;
      const double alike = similarity(name, all, row, r);
      if (alike > 1e-9) near.emplace_back(-alike, r);
    }
    std::sort(near.begin(), near.end());
    if (near.size() > k) near.resize(k);
    double sum = 0, weights = 0;
    for (const auto& [alike, r] : near) {
      sum -= alike * (rows_[r].at(column) - offset(r)) / spread(r);
      weights -= alike;
    }
    if (near.empty()) return normalization == "none" ? mean_ : offset(row);
    return offset(row) + spread(row) * sum / weights;
  }

 private:
  // Ten passes, items before users, damping 10 and 15.
  void find_biases(bool by_user) {
    row_bias_.assign(size(), 0);
    column_bias_.assign(static_cast<std::size_t>(columns_), 0);
    for (int pass = 0; pass < 10; ++pass) {
      if (by_user) {
        solve_columns(10);
        solve_rows(15);
      } else {
        solve_rows(10);
        solve_columns(15);
      }
    }
  }
  void solve_rows(double damping) {
    for (std::size_t r = 0; r < size(); ++r) {
      double sum = 0;
      for (const auto& [c, value] : rows_[r]) {
        sum += value - mean_ - column_bias_[static_cast<std::size_t>(c)];
      }
      row_bias_[r] = sum / (damping + static_cast<double>(rows_[r].size()));
    }
  }
  void solve_columns(double damping) {
    for (std::size_t c = 0; c < column_bias_.size(); ++c) {
      double sum = 0, count = 0;
      for (std::size_t r = 0; r < size(); ++r) {
        const auto found = rows_[r].find(static_cast<std::int32_t>(c));
        if (found == rows_[r].end()) continue;
        sum += found->second - mean_ - row_bias_[r];
        ++count;
      }
      column_bias_[c] = sum / (damping + count);
    }
  }

  std::vector<Ratings> rows_;
  std::int32_t columns_ = 0;
  double mean_ = 0;
  std::vector<double> row_bias_, column_bias_;
};

void compare(const std::string& name, bool all, const std::string& normalization) {
  const Toy toy = uneven_toy();
  const ToyContext toy_context(toy);
  for (const bool by_user : {true, false}) {
    INFO((by_user ? "by user, " : "by item, ")
         << name << (all ? " over all, " : ", ") << normalization);
    const Plain plain(toy, by_user);
    std::string parameters = "k: 3, similarity: " + name + ", normalization: " + normalization +
                             ", by: " + (by_user ? "user" : "item");
    if (all) parameters += ", over: all";
    if (name == "weighted_pearson") parameters += ", significance: 4.0";
    if (name == "asymmetric_cosine") parameters += ", alpha: 0.3";
    const auto model = knn(parameters);
    model->fit(toy_context.context());
    double largest = 0;
    for (std::size_t row = 0; row < plain.size(); ++row) {
      for (std::int32_t column = 0; column < plain.columns(); ++column) {
        const auto r = static_cast<std::int32_t>(row);
        const float found = by_user ? predict(*model, r, column) : predict(*model, column, r);
        const double wanted = plain.predict(name, all, normalization, row, column, 3);
        largest = std::max(largest, std::abs(found - wanted));
      }
    }
    CHECK(largest < 2e-5);
  }
}

}  // namespace

TEST_CASE("model/knn against its formulas in plain arithmetic") {
  for (const char* name :
       {"cosine", "pearson", "adjusted_cosine", "msd", "spearman", "frequency_pearson",
        "weighted_pearson", "pearson_baseline", "jaccard", "asymmetric_cosine"}) {
    compare(name, false, "mean");
  }
  for (const char* name : {"cosine", "pearson", "adjusted_cosine", "spearman", "frequency_pearson",
                           "weighted_pearson", "pearson_baseline"}) {
    compare(name, true, "none");
  }
  for (const char* normalization : {"none", "mean", "zscore", "baseline"}) {
    compare("msd", false, normalization);
  }
}

TEST_CASE("model/knn: what k, min_k, amplification and damping do") {
  // By hand: a rated x 5 and y 3, b x 4 and z 1, c y 2 and z 3; over all, cosines of users are
  // ab 20 / sqrt(34 x 17), ac 6 / sqrt(34 x 13), bc 3 / sqrt(17 x 13).
  const Toy toy = cofi::testing::hand_toy();
  const ToyContext toy_context(toy);
  const double ab = 20 / std::sqrt(34.0 * 17), ac = 6 / std::sqrt(34.0 * 13);
  const auto of_a_z = [&](const std::string& more) {
    const auto model = knn("by: user, similarity: cosine, over: all, normalization: none, " + more);
    model->fit(toy_context.context());
    return predict(*model, 0, 2);
  };
  CHECK(of_a_z("k: 2") == Approx((ab * 1 + ac * 3) / (ab + ac)));
  CHECK(of_a_z("k: 1") == Approx(1));
  CHECK(of_a_z("k: 2, min_k: 3") == Approx(3));  // too few: the mean
  CHECK(of_a_z("k: 2, amplification: 2.0") ==
        Approx((ab * ab * 1 + ac * ac * 3) / (ab * ab + ac * ac)));
  CHECK(of_a_z("k: 2, damping: 0.5") == Approx((ab * 1 + ac * 3) / (ab + ac + 0.5)));
  CHECK(of_a_z("k: 1, keep: 1") == Approx(1));
  CHECK(of_a_z("k: 2, min_support: 2") == Approx(3));  // all have one item in common
  CHECK(of_a_z("k: 2, shrinkage: 3.0, damping: 0.5") ==
        Approx((ab / 4 * 1 + ac / 4 * 3) / (ab / 4 + ac / 4 + 0.5)));
  SECTION("aggregate: sum scores by how much the neighbors that have the item weigh") {
    CHECK(of_a_z("aggregate: sum, k: 2") == Approx(ab * 1 + ac * 3));
    CHECK(of_a_z("aggregate: sum, k: 2, amplification: 2.0") == Approx(ab * ab * 1 + ac * ac * 3));
    CHECK(of_a_z("aggregate: sum, k: 1, keep: 1") == Approx(ab * 1));
    const auto model =
        knn("by: user, similarity: cosine, over: all, normalization: none, aggregate: sum");
    model->fit(toy_context.context());
    CHECK(model->output() == cofi::Output::kScore);
    CHECK(predict(*model, 0, -1) == 0);
    CHECK(predict(*model, -1, 0) == 0);
    CHECK(model->explain(0, 2)->sum() == Approx(predict(*model, 0, 2)));
  }
  SECTION("missing: zero averages neighbors that have no value, too") {
    // Means over all three items: a 8/3, b 5/3, c 5/3; a itself is as like a as can be.
    const auto model =
        knn("by: user, similarity: cosine, missing: zero, normalization: mean, k: 3");
    model->fit(toy_context.context());
    const double a = 8.0 / 3, b = 5.0 / 3, c = 5.0 / 3, weights = 1 + ab + ac;
    CHECK(predict(*model, 0, 2) == Approx(a + (0 - a + ab * (1 - b) + ac * (3 - c)) / weights));
    CHECK(predict(*model, 0, 0) == Approx(a + (5 - a + ab * (4 - b) + ac * (0 - c)) / weights));
  }
  SECTION("unknown ids get what is left of the formula") {
    const auto model = knn("by: item, k: 2");
    model->fit(toy_context.context());
    CHECK(predict(*model, -1, -1) == Approx(3));
    const auto mean = knn("by: user, normalization: mean, similarity: msd, k: 2");
    mean->fit(toy_context.context());
    CHECK(predict(*mean, -1, 0) == Approx(3));
    CHECK(predict(*mean, 0, -1) == Approx(4));
  }
}

TEST_CASE("model/knn: lists, explanations, folding in, and saving agree with its predictions") {
  const Toy toy = uneven_toy();
  const ToyContext toy_context(toy);
  for (const char* by : {"user", "item"}) {
    for (const char* more : {"", ", missing: zero, similarity: cosine, normalization: mean",
                             ", neighbors: all, similarity: pearson, normalization: zscore",
                             ", clip: true, amplification: 1.5"}) {
      INFO(by << more);
      const std::string parameters = std::string("k: 3, by: ") + by + more;
      const auto model = knn(parameters);
      model->fit(toy_context.context());
      cofi::Archive archive;
      model->state(archive);
      const auto loaded = knn(parameters);
      cofi::Archive stored = archive.reopened();
      loaded->state(stored);
      const std::vector<std::int32_t> users = {3, 0, -1, 11};
      std::vector<float> scores(users.size() * 9);
      model->score({users.data(), users.size()}, {}, 9, scores.data());
      for (std::size_t u = 0; u < users.size(); ++u) {
        for (std::int32_t item = 0; item < 9; ++item) {
          const float predicted = predict(*model, users[u], item);
          CHECK(scores[u * 9 + static_cast<std::size_t>(item)] == predicted);
          CHECK(predict(*loaded, users[u], item) == predicted);
          const auto why = model->explain(users[u], item);
          REQUIRE(why);
          CHECK(why->sum() == Approx(predicted).margin(1e-4));
        }
      }
    }
  }
  SECTION("a user folded in is what it rated") {
    const auto model = knn("by: item, k: 3, normalization: none, similarity: cosine");
    model->fit(toy_context.context());
    const float other = predict(*model, 5, 3);
    cofi::Interactions rows;  // what user 5 rated, as user 2's
    const cofi::Interactions& all = toy.data.interactions;
    std::vector<std::int32_t> users, items;
    std::vector<float> values;
    for (std::size_t n = 0; n < all.size(); ++n) {
      if (all.users[n] != 5) continue;
      users.push_back(2);
      items.push_back(all.items[n]);
      values.push_back(all.values[n]);
    }
    rows.users = std::move(users);
    rows.items = std::move(items);
    rows.values = std::move(values);
    REQUIRE(model->fold_in(rows, toy_context.pool()));
    for (std::int32_t item = 0; item < 9; ++item) {
      CHECK(predict(*model, 2, item) == predict(*model, 5, item));
    }
    CHECK(predict(*model, 5, 3) == other);
    CHECK_FALSE(knn("by: user")->fold_in(rows, toy_context.pool()));
  }
  SECTION("the bits do not depend on the number of threads") {
    cofi::testing::ToyOptions options;
    options.threads = 3;
    const ToyContext three(toy, options);
    const auto a = knn(""), b = knn("");
    a->fit(toy_context.context());
    b->fit(three.context());
    CHECK(cofi::testing::predictions(*a, toy, toy.train) ==
          cofi::testing::predictions(*b, toy, toy.train));
  }
}

TEST_CASE("model/knn refuses what has no meaning") {
  using Catch::Contains;
  CHECK_THROWS_WITH(knn("k: 50, keep: 40"), Contains("k") && Contains("keep: 40"));
  CHECK_THROWS_WITH(knn("similarity: jaccard, over: all"), Contains("no meaning"));
  CHECK_THROWS_WITH(knn("similarity: msd, missing: zero, normalization: mean"),
                    Contains("cosine and pearson"));
  CHECK_THROWS_WITH(knn("similarity: cosine, missing: zero"), Contains("a baseline is of the"));
  CHECK_THROWS_WITH(knn("aggregate: sum"), Contains("normalization: none"));
  CHECK_THROWS_WITH(knn("significance: 30.0"), Contains("weighted_pearson"));
}

TEST_CASE("model/knn on constant ratings has no spread to compare, and predicts them") {
  Toy toy = uneven_toy();
  toy.data.interactions.values = std::vector<float>(toy.data.interactions.size(), 4);
  const ToyContext toy_context(toy);
  for (const char* parameters :
       {"", "similarity: pearson, normalization: zscore", "similarity: cosine",
        "similarity: adjusted_cosine, normalization: mean", "similarity: spearman",
        "by: user, similarity: frequency_pearson"}) {
    INFO(parameters);
    const auto model = knn(parameters);
    model->fit(toy_context.context());
    CHECK(predict(*model, 1, 1) == Approx(4));
  }
}
