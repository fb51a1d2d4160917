// Sparse linear weights between items. See README.md beside this file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
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

// Weights of some items in the regression of one: weight i becomes
//   S(left_i + G_ii w_i, l1) / (G_ii + l2),  left_i = x_i . (x_j - sum over k of w_k x_k).
struct Regression {
  cofi::kernels::RowTable gram;  // [items x items]
  std::vector<float> weights;    // [items]
  std::vector<float> left;       // [items, padded as the gram's rows]

  float square(std::int32_t i) const { return gram.row(i)[i]; }

  void move(std::int32_t i, float by) {
    weights[static_cast<std::size_t>(i)] += by;
    const float* row = gram.row(i);
    for (std::size_t k = 0; k < left.size(); ++k) left[k] = std::fma(-by, row[k], left[k]);
  }

  // Takes these weights in turn; returns by how much the one that moves most does.
  float pass(const std::vector<std::int32_t>& items, const Options& options) {
    float most = 0;
    for (const std::int32_t i : items) {
      const float weight = weights[static_cast<std::size_t>(i)], own = square(i);
      const float product = std::fma(own, weight, left[static_cast<std::size_t>(i)]);
      const float by = shrunk(product, options) / (own + options.l2) - weight;
      if (by == 0) continue;
      move(i, by);
      most = std::max(most, std::abs(by));
    }
    return most;
  }

  static float shrunk(float value, const Options& options) {
    if (value > options.l1) return value - options.l1;
    return value < -options.l1 && !options.non_negative ? value + options.l1 : 0;
  }
};

// The regressions of items on the others, one after another.
class Descent {
 public:
  // gram: [items x items]. screens: neither weights nor products can be below 0.
  Descent(const cofi::kernels::RowTable& gram, bool screens, const Options& options)
      : options_(options),
        least_(screens ? options.l1 : std::numeric_limits<float>::lowest()),
        all_{gram, std::vector<float>(static_cast<std::size_t>(gram.width)),
             std::vector<float>(static_cast<std::size_t>(gram.stride))} {}

  // The weights w_ij that are not 0 for the score of item j, ascending.
  std::vector<SparseRows::Entry> run(std::int32_t j) {
    choose_candidates(j);
    std::copy(all_.gram.row(j), all_.gram.row(j) + all_.gram.stride, all_.left.begin());
    descend();
    std::vector<SparseRows::Entry> found;
    for (const std::int32_t i : candidates_) {
      float& weight = all_.weights[static_cast<std::size_t>(i)];
      if (weight != 0) found.push_back({i, weight});
      weight = 0;
    }
    return found;
  }

 private:
  // Few candidates settle among themselves. Of many, a pass finds those that have a weight at all,
  // and these settle among themselves, until a pass finds nothing to change.
  void descend() {
    if (options_.keep > 0) {
      settle(candidates_, options_.max_iterations);
      return;
    }
    for (std::int64_t passes = 0; passes < options_.max_iterations;) {
      ++passes;
      if (all_.pass(candidates_, options_) <= options_.tolerance) return;
      std::vector<std::int32_t> active;
      for (const std::int32_t i : candidates_) {
        if (all_.weights[static_cast<std::size_t>(i)] != 0) active.push_back(i);
      }
      passes += settle(active, options_.max_iterations - passes);
    }
  }

  // Where it screens, what is left of a product is never more than the product: where that is at
  // most l1 the weight stays 0.
  void choose_candidates(std::int32_t j) {
    const float* products = all_.gram.row(j);
    candidates_.clear();
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(all_.weights.size()); ++i) {
      if (i != j && all_.square(i) > 0 && products[i] > least_) candidates_.push_back(i);
    }
    if (options_.keep == 0 || candidates_.size() <= static_cast<std::size_t>(options_.keep)) return;
    std::vector<SparseRows::Entry> alike;
    for (const std::int32_t i : candidates_) {
      alike.push_back({i, products[i] / std::sqrt(all_.square(i))});
    }
    cofi::keep_largest(alike, static_cast<std::size_t>(options_.keep));
    candidates_.clear();
    for (const auto& entry : alike) candidates_.push_back(entry.id);
  }

  // Passes over the weights of these items, with their part of the gram matrix, until they rest or
  // for so many; what that leaves of all items' products is found at the end. Returns how many.
  std::int64_t settle(const std::vector<std::int32_t>& items, std::int64_t most) {
    std::vector<std::int32_t> own(items.size());
    std::iota(own.begin(), own.end(), 0);
    const auto stride =
        static_cast<std::size_t>(cofi::kernels::padded(static_cast<std::int64_t>(items.size())));
    products_.assign(items.size() * stride, 0);
    part_.gram.data = products_.data();
    part_.gram.stride = static_cast<std::int64_t>(stride);
    part_.weights.clear();
    part_.left.assign(stride, 0);
    for (std::size_t a = 0; a < items.size(); ++a) {
      const float* row = all_.gram.row(items[a]);
      for (std::size_t b = 0; b < items.size(); ++b) {
        products_[a * stride + b] = row[items[b]];
      }
      part_.weights.push_back(all_.weights[static_cast<std::size_t>(items[a])]);
      part_.left[a] = all_.left[static_cast<std::size_t>(items[a])];
    }
    std::int64_t passes = 0;
    while (passes < most) {
      ++passes;
      if (part_.pass(own, options_) <= options_.tolerance) break;
    }
    for (std::size_t a = 0; a < items.size(); ++a) {
      float& weight = all_.weights[static_cast<std::size_t>(items[a])];
      if (part_.weights[a] == weight) continue;
      all_.move(items[a], part_.weights[a] - weight);
      weight = part_.weights[a];
    }
    return passes;
  }

  const Options& options_;
  float least_;     // candidates' products are above
  Regression all_;  // weights are zeros between items
  std::vector<std::int32_t> candidates_;
  Regression part_;  // of those that settle
  std::vector<float> products_;
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
          Descent descent(gram, screens, options_);
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
