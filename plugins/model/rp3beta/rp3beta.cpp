// Random walks of three steps, popular items discounted. See README.md beside this file.
#include <string>

#include "cofi/fit_context.hpp"
#include "cofi/item_item_model.hpp"
#include "cofi/kernels/walks.hpp"
#include "cofi/plugin/plugin.hpp"

namespace {

constexpr cofi_param kParams[] = {
    cofi::choice("values", "binary", "binary|ratings",
                 "What a step's probability is in proportion to: 1, or the rating."),
    cofi::real("alpha", "1", 0, 3, "Power of each step's probability."),
    cofi::real("beta", "0.6", 0, 3,
               "Power of an item's popularity, by which its score is divided."),
    cofi::integer("k", "100", 1, 1000000, "Weights kept of each item that a user has."),
    cofi::boolean("normalize", "false", "The weights kept of an item add up to 1."),
};

class Rp3Beta final : public cofi::ItemItemModel {
 public:
  explicit Rp3Beta(const cofi::Params& params) : ItemItemModel(params.text("values")) {
    walks_.alpha = params.real("alpha");
    walks_.beta = params.real("beta");
    walks_.keep = params.integer("k");
    walks_.normalize = params.boolean("normalize");
  }

 protected:
  cofi::ItemWeights learn(const cofi::SparseRows& users, const cofi::FitContext& context) override {
    return cofi::ItemWeights(
        cofi::kernels::walk_weights(users, context.items, walks_, context.pool));
  }

  // The first step.
  void weigh(cofi::SparseRows& users) const override {
    cofi::kernels::take_steps(users, walks_.alpha);
  }

 private:
  cofi::kernels::WalkOptions walks_;
};

}  // namespace

COFI_PLUGIN(cofi::Model, Rp3Beta, "rp3beta", "1.0.0",
            "Random walks of three steps from a user to items, popular ones discounted.", kParams)
