#include "run/saved_model.hpp"

#include <ATen/ops/tensor.h>

#include "run/digest.hpp"

namespace cofi::run {

Archive saved(Model& model, const PlannedRow& row, const Fold& fold) {
  Archive archive;
  model.state(archive);
  Archive own = archive.child("cofi");
  std::string plugin = row.row->model_spec.at("use").get<std::string>();
  std::string parameters = row.row->model_spec.dump();
  std::string users = digest_of(fold.source->data.users);
  std::string items = digest_of(fold.source->data.items);
  at::Tensor user_counts = at::tensor(fold.user_counts, at::kLong);
  at::Tensor item_counts = at::tensor(fold.item_counts, at::kLong);
  own("plugin", plugin);
  own("parameters", parameters);
  own("user_ids", users);
  own("item_ids", items);
  own("user_counts", user_counts);
  own("item_counts", item_counts);
  return archive;
}

std::unique_ptr<Model> loaded(const Archive& archive, const PlannedRow& row,
                              const plugin::Registry& registry) {
  auto model = registry.build<Model>(row.row->model_spec, row.row->place);
  Archive state = archive;
  model->state(state);
  return model;
}

std::string model_file(const PlannedRow& row, const std::string& fit) {
  return "models/" + row.slug + "-" + fit.substr(0, 12) + ".pt";
}

}  // namespace cofi::run
