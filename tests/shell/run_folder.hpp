// A small spec in a folder of its own, and what its runs leave that must not depend on the machine.
#pragma once

#include <string>

#include "support/csv_table.hpp"
#include "support/runner.hpp"
#include "support/temp_folder.hpp"

namespace cofi::test {

// Two models on data made up, a checkpoint now and then: a few seconds.
constexpr char kSpec[] = R"(name: small
dataset: {use: synthetic, users: 600, items: 300, ratings: 20000}
split: {use: ratio, test: 0.2}
models:
  bias: {use: bias}
  svd: {use: svd, factors: 16}
optimizer: {use: adam, lr: 0.01}
train: {epochs: 150, batch: 500, checkpoint: 10}
evaluate: {epochs: [1, 20, 40]}
metrics: [rmse, mae]
sweep:
  - grid: {models.svd.factors: [8, 40]}
)";

// The tables as text, without times and memory.
inline std::string tables(const std::string& out) {
  std::string text;
  for (const char* name : {"results.csv", "folds.csv", "history.csv"}) {
    for (const CsvRow& row : read_csv(out + "/" + name)) {
      for (const auto& [column, value] : row) {
        const bool measured = column.find("seconds") != std::string::npos || column == "peak_mb";
        if (!measured) text += column + "=" + value + " ";
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace cofi::test
