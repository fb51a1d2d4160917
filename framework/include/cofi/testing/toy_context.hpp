// A FitContext on toy data with all that a fit may use, for tests of models.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cofi/fit_context.hpp"
#include "cofi/optimizer.hpp"
#include "cofi/progress.hpp"
#include "cofi/testing/toy_data.hpp"

namespace cofi::testing {

struct ToyOptions {
  int threads = 1;
  std::uint64_t seed = 1;
  std::int64_t epochs = 60;
  std::int64_t batch = 64;
  PointwiseLoss loss = {};
  // For gradient models. By default dense Adagrad (Duchi et al. 2011) with rate 0.1 and no weight
  // decay, whose steps do not depend on the scale of the gradient.
  std::shared_ptr<const Optimizer> optimizer = nullptr;
  Monitor* monitor = nullptr;  // by default one that does nothing
  const Archive* warm_start = nullptr;
};

class COFI_API ToyContext {
 public:
  explicit ToyContext(const Toy& toy, const ToyOptions& options = {});
  ~ToyContext();
  ToyContext(const ToyContext&) = delete;
  ToyContext& operator=(const ToyContext&) = delete;

  // Valid as long as this lives.
  const FitContext& context() const;
  const ThreadPool& pool() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// What the model predicts for these rows of the toy's interactions.
COFI_API std::vector<float> predictions(const Model& model, const Toy& toy,
                                        const std::vector<std::int32_t>& rows);
// The root mean squared error of that, and of predicting the mean of the training rows.
COFI_API double rmse(const Model& model, const Toy& toy, const std::vector<std::int32_t>& rows);
COFI_API double rmse_of_mean(const Toy& toy, const std::vector<std::int32_t>& rows);

}  // namespace cofi::testing
