// How many users an item has. See README.md beside this file.
#include <string>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

class Popularity final : public cofi::Model {
 public:
  explicit Popularity(const cofi::Params&) {}

  cofi::Output output() const override { return cofi::Output::kScore; }

  void fit(const cofi::FitContext& context) override {
    counts_.assign(context.item_counts.begin(), context.item_counts.end());
  }

  void predict(const cofi::Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) out[n] = count(query.items[n]);
  }

  void score(cofi::View<std::int32_t> users, cofi::View<std::int64_t>, std::int32_t items,
             float* out) const override {
    for (std::size_t n = 0; n < users.size(); ++n) {
      for (std::int32_t item = 0; item < items; ++item) *out++ = count(item);
    }
  }

  void state(cofi::Archive& archive) override { archive("counts", counts_); }

  std::optional<cofi::Explanation> explain(std::int32_t, std::int32_t item) const override {
    cofi::Explanation why;
    why.add("interactions", count(item));
    return why;
  }

 private:
  float count(std::int32_t item) const {
    return item < 0 ? 0 : counts_[static_cast<std::size_t>(item)];
  }

  std::vector<float> counts_;  // [items] exact below 2^24
};

}  // namespace

COFI_PLUGIN(cofi::Model, Popularity, "popularity", "1.0.0",
            "An item's number of training interactions, the same for everybody.", cofi::kNoParams)
