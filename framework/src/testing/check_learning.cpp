#include <set>
#include <string>
#include <vector>

#include "testing/check_model.hpp"

namespace cofi::testing {
namespace {

std::string learns_ratings(const Model& model, const Toy& toy, const ModelCheck& options) {
  const auto outside = [&](const std::vector<std::int32_t>& rows, const char* part,
                           const Interval& interval) -> std::string {
    const double found = rmse(model, toy, rows);
    if (found >= interval.low && found <= interval.high) return "";
    return fmt::format(
        "RMSE {:.6g} on the {} rows of additive_toy, expected {:.6g} to {:.6g} "
        "(predicting the mean gets {:.6g})",
        found, part, interval.low, interval.high, rmse_of_mean(toy, rows));
  };
  const Interval trained =
      options.train_rmse.value_or(Interval{0, 0.75 * rmse_of_mean(toy, toy.train)});
  const std::string wrong = outside(toy.train, "training", trained);
  if (!wrong.empty() || !options.test_rmse) return wrong;
  return outside(toy.test, "test", *options.test_rmse);
}

// The probability that an interaction scores above an item that the user has none with, ties half.
double area_under_curve(const Model& model, const Toy& toy) {
  const Interactions& rows = toy.data.interactions;
  const std::int32_t items = toy.data.items.size();
  const Grouping by_user = group_by(rows.users, toy.data.users.size());
  std::set<std::int32_t> trained(toy.train.begin(), toy.train.end());
  std::vector<float> scores(static_cast<std::size_t>(items));
  double right = 0;
  double pairs = 0;
  for (std::int32_t user = 0; user < toy.data.users.size(); ++user) {
    std::vector<char> seen(static_cast<std::size_t>(items));
    for (const std::int32_t row : by_user.group(user)) {
      seen[static_cast<std::size_t>(rows.items[static_cast<std::size_t>(row)])] = 1;
    }
    model.score(user, {}, items, scores.data());
    for (const std::int32_t row : by_user.group(user)) {
      if (trained.count(row) == 0) continue;
      const float liked =
          scores[static_cast<std::size_t>(rows.items[static_cast<std::size_t>(row)])];
      for (std::size_t item = 0; item < seen.size(); ++item) {
        if (seen[item] != 0) continue;
        right += liked > scores[item] ? 1 : liked == scores[item] ? 0.5 : 0;
        ++pairs;
      }
    }
  }
  return right / pairs;
}

std::string learns_scores(const Model& model, const Toy& toy, const ModelCheck& options) {
  const double area = area_under_curve(model, toy);
  if (area >= options.train_auc) return "";
  return fmt::format(
      "an interaction of implicit_toy scores above a missing one with probability "
      "{:.4g}, expected at least {:.4g}",
      area, options.train_auc);
}

}  // namespace

std::string learning(const Model& model, const Toy& toy, const ModelCheck& options) {
  return model.output() == Output::kScore ? learns_scores(model, toy, options)
                                          : learns_ratings(model, toy, options);
}

}  // namespace cofi::testing
