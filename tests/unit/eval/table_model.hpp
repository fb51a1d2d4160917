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
      : user_rows(at::tensor(users).unsqueeze(1)), item_rows(at::tensor(items).unsqueeze(1)) {}

  void fit(const FitContext&) override {}
  void predict(const Query& query, float* out) const override {
    for (std::size_t n = 0; n < query.size(); ++n) {
      out[n] =
          user_rows.data_ptr<float>()[query.users[n]] * item_rows.data_ptr<float>()[query.items[n]];
    }
  }
  void state(Archive& archive) override {
    archive("users", user_rows);
    archive("items", item_rows);
  }
  std::vector<Parameter> parameters() override {
    return {{"users", user_rows, Rows::kUsers}, {"items", item_rows, Rows::kItems}};
  }

  at::Tensor user_rows, item_rows;  // [n, 1]
};

}  // namespace cofi::test
