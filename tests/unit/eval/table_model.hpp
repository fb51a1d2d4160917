// A model whose tables a test sets: predicts user row . item row.
#pragma once

#include <ATen/ops/tensor.h>

#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/model.hpp"

namespace cofi::test {

class TableModel : public Model {
 public:
  TableModel(const std::vector<float>& users, const std::vector<float>& items)
      : users_(at::tensor(users).unsqueeze(1)), items_(at::tensor(items).unsqueeze(1)) {}

  void fit(const FitContext&) override {}
  void predict(const Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) {
      out[n] = users_.data_ptr<float>()[query.users[n]] * items_.data_ptr<float>()[query.items[n]];
    }
  }
  void state(Archive& archive) override {
    archive("users", users_);
    archive("items", items_);
  }
  std::vector<Parameter> parameters() override {
    return {{"users", users_, Rows::kUsers}, {"items", items_, Rows::kItems}};
  }

  at::Tensor users_, items_;  // [n, 1]
};

}  // namespace cofi::test
