// The mean of all ratings, of the user's or of the item's. See README.md beside this file.
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("of", "global", "global|user|item", "Whose ratings the mean is of."),
};

class Mean final : public cofi::Model {
 public:
  explicit Mean(const cofi::Params& params) : of_(params.text("of")) {}

  void fit(const cofi::FitContext& context) override {
    const cofi::Interactions& train = context.train;
    mean_ = train.mean();
    if (of_ == "global") return;
    means_.assign(static_cast<std::size_t>(of_ == "user" ? context.users : context.items),
                  static_cast<float>(mean_));
    take(of_ == "user" ? train.users : train.items, train.values);
  }

  void predict(const cofi::Query& query, float* out) const override {
    const cofi::View<std::int32_t> ids = of_ == "user" ? query.users : query.items;
    for (std::size_t n = 0; n < query.size(); ++n) {
      const bool known = of_ != "global" && ids[n] >= 0;
      out[n] = known ? means_[static_cast<std::size_t>(ids[n])] : static_cast<float>(mean_);
    }
  }

  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool&) override {
    if (of_ == "user") take(rows.users, rows.values);
    return of_ == "user";
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    archive("means", means_);
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    float value = 0;
    predict({{&user, 1}, {&item, 1}, {}}, &value);
    cofi::Explanation why;
    why.add(of_ + " mean", value);
    return why;
  }

 private:
  // Sets the means of the ids that have values.
  void take(cofi::View<std::int32_t> ids, cofi::View<float> values) {
    std::vector<double> sums(means_.size()), counts(means_.size());
    for (std::size_t n = 0; n < ids.size(); ++n) {
      sums[static_cast<std::size_t>(ids[n])] += values[n];
      counts[static_cast<std::size_t>(ids[n])] += 1;
    }
    for (std::size_t id = 0; id < means_.size(); ++id) {
      if (counts[id] > 0) means_[id] = static_cast<float>(sums[id] / counts[id]);
    }
  }

  std::string of_;
  double mean_ = 0;
  std::vector<float> means_;  // [users] or [items]; empty for the mean of all
};

}  // namespace

COFI_PLUGIN(cofi::Model, Mean, "mean", "1.0.0", "The mean rating: of all, the user or the item.",
            kParams)
