// Sparse linear weights between items. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/item_item_model.hpp"
#include "cofi/kernels/gram.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

using cofi::SparseRows;

constexpr cofi_param kParams[] = {
    cofi::choice("values", "binary", "binary|ratings",
                 "What users are made of: a 1 an interaction, or what they rated."),
    cofi::real("l1", "1", 0, 1e9, "Penalty on the weights' magnitudes: the sparser, the larger."),
    cofi::real("l2", "100", 0, 1e9, "Penalty on half the weights' squares."),
    cofi::boolean("non_negative", "true", "Weights below 0 are not allowed."),
    cofi::integer("keep", "null", 1, 1000000,
                  "Items that an item's weights may be for, those most like it by cosine (all)."),
    cofi::integer("max_iterations", "100", 1, 1000000, "Most passes over an item's weights."),
    cofi::real("tolerance", "0.0001", 1e-9, 1,
               "An item is done when no weight moves by more in a pass."),
    cofi::integer("max_items", "20000", 1, 1000000,
                  "More items are an error: the fit takes 4 items^2 bytes."),
};

struct Options {
  float l1 = 0, l2 = 0;
  bool non_negative = true;
  std::int64_t keep = 0;  // 0: all
  std::int64_t max_iterations = 0;
  float tolerance = 0;
};

// The regressions of items on the others, one at a time.
class Descent {
 public:
  // gram: [items x items]. screens: neither weights nor products can be below 0.
  Descent(const cofi::kernels::RowTable& gram, std::int32_t items, bool screens,
          const Options& options)
      : gram_(gram),
        items_(items),
        options_(options),
        least_(screens ? options.l1 : std::numeric_limits<float>::lowest()),
        weights_(static_cast<std::size_t>(items)),
        left_(static_cast<std::size_t>(gram.stride)) {}

  // The weights w_ij that are not 0 for the score of item j, ascending.
  std::vector<SparseRows::Entry> run(std::int32_t j) {
    choose_candidates(j);
    std::copy(gram_.row(j), gram_.row(j) + gram_.stride, left_.begin());
    descend();
    std::vector<SparseRows::Entry> found;
    for (const std::int32_t i : candidates_) {
      float& weight = weights_[static_cast<std::size_t>(i)];
      if (weight != 0) found.push_back({i, weight});
      weight = 0;
    }
    return found;
  }

 private:
  // Where it screens, what is left of a product is never more than the product: where that is at
  // most l1 the weight stays 0.
  void choose_candidates(std::int32_t j) {
    const float* products = gram_.row(j);
    candidates_.clear();
    for (std::int32_t i = 0; i < items_; ++i) {
      if (i != j && square(i) > 0 && products[i] > least_) candidates_.push_back(i);
    }
    if (options_.keep == 0 || candidates_.size() <= static_cast<std::size_t>(options_.keep)) return;
    std::vector<SparseRows::Entry> alike;
    for (const std::int32_t i : candidates_) {
      alike.push_back({i, products[i] / std::sqrt(square(i))});
    }
    cofi::keep_largest(alike, static_cast<std::size_t>(options_.keep));
    candidates_.clear();
    for (const auto& entry : alike) candidates_.push_back(entry.id);
  }

  float square(std::int32_t i) const { return gram_.row(i)[i]; }

  // Passes over the weights that are not 0 until they rest, over all to see that the rest is 0.
  void descend() {
    bool all = true;
    for (std::int64_t n = 0; n < options_.max_iterations; ++n) {
      const bool rests = pass(all ? candidates_ : active_) <= options_.tolerance;
      if (all && rests) return;
      if (all) take_active();
      all = rests;
    }
  }

  void take_active() {
    active_.clear();
    for (const std::int32_t i : candidates_) {
      if (weights_[static_cast<std::size_t>(i)] != 0) active_.push_back(i);
    }
  }

  // Returns by how much the weight that moves most does.
  float pass(const std::vector<std::int32_t>& items) {
    float most = 0;
    for (const std::int32_t i : items) {
      float& weight = weights_[static_cast<std::size_t>(i)];
      const float own = square(i);
      const float next =
          shrunk(left_[static_cast<std::size_t>(i)] + own * weight) / (own + options_.l2);
      const float moves = next - weight;
      if (moves == 0) continue;
      weight = next;
      const float* row = gram_.row(i);
      for (std::size_t k = 0; k < left_.size(); ++k) left_[k] = std::fma(-moves, row[k], left_[k]);
      most = std::max(most, std::abs(moves));
    }
    return most;
  }

  float shrunk(float value) const {
    if (value > options_.l1) return value - options_.l1;
    return value < -options_.l1 && !options_.non_negative ? value + options_.l1 : 0;
  }

  cofi::kernels::RowTable gram_;
  std::int32_t items_;
  const Options& options_;
  float least_;                 // candidates' products are above
  std::vector<float> weights_;  // [items] of item j; zeros between items
  std::vector<float> left_;     // [stride] x_i . (x_j - sum over k of w_kj x_k)
  std::vector<std::int32_t> candidates_, active_;
};

class Slim final : public cofi::ItemItemModel {
 public:
  explicit Slim(const cofi::Params& params)
      : ItemItemModel(params.text("values")), max_items_(params.integer("max_items")) {
    options_.l1 = static_cast<float>(params.real("l1"));
    options_.l2 = static_cast<float>(params.real("l2"));
    options_.non_negative = params.boolean("non_negative");
    options_.keep = params.has("keep") ? params.integer("keep") : 0;
    options_.max_iterations = params.integer("max_iterations");
    options_.tolerance = static_cast<float>(params.real("tolerance"));
  }

 protected:
  cofi::ItemWeights learn(const SparseRows& users, const cofi::FitContext& context) override {
    const at::Tensor table = cofi::kernels::gram(users, context.items, max_items_, context.pool);
    const cofi::kernels::RowTable gram = cofi::kernels::row_table(table);
    const bool screens =
        options_.non_negative && std::all_of(users.entries.begin(), users.entries.end(),
                                             [](const auto& entry) { return entry.value >= 0; });
    std::vector<std::vector<SparseRows::Entry>> columns(static_cast<std::size_t>(context.items));
    constexpr std::int64_t kGrain = 16;
    cofi::parallel_for(
        context.pool, context.items, kGrain, [&](std::int64_t begin, std::int64_t end) {
          Descent descent(gram, context.items, screens, options_);
          for (std::int64_t j = begin; j < end; ++j) {
            columns[static_cast<std::size_t>(j)] = descent.run(static_cast<std::int32_t>(j));
          }
        });
    return cofi::ItemWeights(cofi::transposed(cofi::joined(columns), context.items));
  }

 private:
  Options options_;
  std::int64_t max_items_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Slim, "slim", "1.0.0",
            "Sparse linear weights between items by elastic nets.", kParams)
