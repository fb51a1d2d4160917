// Specs in a folder of a test's own, read with the fake catalogue.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"

#include "spec/experiment.hpp"
#include "support/temp_folder.hpp"
#include "unit/spec/fake_catalogue.hpp"

namespace cofi::test {

class SpecFiles {
 public:
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  spec::Experiment load(const std::string& name,
                        const std::vector<std::string>& overrides = {}) const {
    return spec::load_experiment(folder_ / name, overrides, catalogue_);
  }
  // Writes spec.yaml and loads it.
  spec::Experiment read(const std::string& text,
                        const std::vector<std::string>& overrides = {}) const {
    write("spec.yaml", text);
    return load("spec.yaml", overrides);
  }
  // What reading it says is wrong, without the folder's path; empty where nothing is.
  std::string mistakes(const std::string& text,
                       const std::vector<std::string>& overrides = {}) const {
    write("spec.yaml", text);
    return mistakes_of("spec.yaml", overrides);
  }
  std::string mistakes_of(const std::string& name,
                          const std::vector<std::string>& overrides = {}) const {
    try {
      load(name, overrides);
      return "";
    } catch (const Error& error) {
      return without_folder(error.what());
    }
  }

  const FakeCatalogue& catalogue() const { return catalogue_; }
  const TempFolder& folder() const { return folder_; }

 private:
  std::string without_folder(std::string text) const {
    const std::string prefix = folder_.path().string() + "/";
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  TempFolder folder_;
  FakeCatalogue catalogue_;
};

// A small spec that is right, for tests that change one thing of it.
constexpr const char* kSmallSpec = R"(name: small
dataset: {use: movielens, path: ml}
split: {use: ratio, test: 0.2}
models:
  base: bias
  svd: {use: svd, factors: 10}
optimizer: {use: adam, lr: 0.01}
train: {epochs: 5}
metrics: [rmse, mae]
)";

}  // namespace cofi::test
