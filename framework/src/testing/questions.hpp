// What models are asked, and what they answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cofi/testing/conformance.hpp"

namespace cofi::testing {

// The questions that predictions are compared on: users and items with and without training data
// and outside the vocabulary, with the data's times.
struct Questions {
  std::vector<std::int32_t> users, items;
  std::vector<std::int64_t> times;

  explicit Questions(const Data& data);
  Query query(bool with_times) const;
  // "user 3, item -1", for messages
  std::string describe(std::size_t n) const;
};

// The model's answers; where predict leaves one unwritten, it is NaN.
std::vector<float> answers(const Model& model, const Query& query);
std::unique_ptr<Model> fitted(const Factory<Model>& make, const Toy& toy,
                              const ToyOptions& options);

}  // namespace cofi::testing
