// Optimizers and options for training the toy models.
#pragma once

#include <memory>

#include "cofi/optimizer.hpp"
#include "cofi/train_options.hpp"

#include "plugin/registry.hpp"

namespace cofi::test {

inline std::unique_ptr<Optimizer> adam(bool lazy = false, double weight_decay = 0.01) {
  return plugin::Registry::standard().build<Optimizer>({{"use", "adam"},
                                                        {"lr", 0.05},
                                                        {"beta1", 0.9},
                                                        {"beta2", 0.999},
                                                        {"eps", 1e-8},
                                                        {"weight_decay", weight_decay},
                                                        {"lazy", lazy}},
                                                       "optimizer");
}

inline std::unique_ptr<Optimizer> sgd(double lr, double momentum = 0, double weight_decay = 0) {
  return plugin::Registry::standard().build<Optimizer>({{"use", "sgd"},
                                                        {"lr", lr},
                                                        {"momentum", momentum},
                                                        {"dampening", 0},
                                                        {"nesterov", false},
                                                        {"weight_decay", weight_decay},
                                                        {"lazy", false}},
                                                       "optimizer");
}

inline TrainOptions options_of(bool shuffle, std::int64_t batch = 16, std::int64_t epochs = 6) {
  TrainOptions options;
  options.epochs = epochs;
  options.batch = batch;
  options.shuffle = shuffle;
  return options;
}

}  // namespace cofi::test
