#include "run/fit.hpp"

#include <optional>

#include "cofi/communicator.hpp"
#include "cofi/optimizer.hpp"

#include "plugin/train_options.hpp"

namespace cofi::run {

std::unique_ptr<Model> with_context(const PlannedRow& row, const Fold& fold, std::uint64_t seed,
                                    const Workshop& workshop, SharedWork& shared, Monitor& monitor,
                                    const std::function<void(Model&, const FitContext&)>& work) {
  const spec::Row& spec = *row.row;
  auto model = workshop.registry.build<Model>(spec.model_spec, spec.place);
  const auto optimizer = spec.optimizer.is_null()
                             ? nullptr
                             : workshop.registry.build<Optimizer>(spec.optimizer, spec.place);
  std::optional<Archive> warm_start;
  if (!spec.train.is_null() && !spec.train.at("warm_start").is_null()) {
    const std::string file = spec.train.at("warm_start").get<std::string>();
    warm_start = Archive::read(workshop.paths.find(file), workshop.device);
  }
  const Data& data = fold.source->data;
  const FitContext context{
      fold.train,
      fold.validation,
      data.users.size(),
      data.items.size(),
      data.users,
      data.items,
      fold.user_counts,
      fold.item_counts,
      data.scale,
      data.feedback,
      workshop.paths,
      Random(seed),
      workshop.device,
      workshop.pool,
      workshop.communicator,
      optimizer.get(),
      plugin::train_options(spec.train),
      monitor,
      warm_start ? &*warm_start : nullptr,
      [&](const std::string& key, const std::function<void(Archive&)>& compute) {
        return shared.get(fold.source->digest + fold.digest, key, compute);
      }};
  work(*model, context);
  return model;
}

}  // namespace cofi::run
