// A run's folder as small as can be, to be read by a report.
#pragma once

#include <string>

#include "report/run_files.hpp"
#include "support/temp_folder.hpp"

namespace cofi::test {

constexpr char kManifest[] = R"({"name": "small", "state": "done",
  "metrics": {"rmse": "lower", "validation_rmse": "lower", "ndcg@10": "higher"}})";

// Two folds of a model without settings and of one with two numbers of factors; one cell failed.
constexpr char kFolds[] =
    "model,models.svd.factors,optimizer.lr,fold,repeat,seed,rmse,ndcg@10,unseen_users,status\n"
    "bias,,,0,0,0,1.0,0.1,0,done\n"
    "bias,,,1,0,0,1.2,0.3,0,done\n"
    "svd,10,0.1,0,0,0,0.8,0.4,0,done\n"
    "svd,10,0.1,1,0,0,0.9,0.6,0,done; a note\n"
    "svd,50,0.1,0,0,0,0.7,0.2,0,done\n"
    "svd,50,0.1,1,0,0,,,0,failed: <not> today\n"
    "svd,10,0.01,0,0,0,0.6,0.2,0,done\n"
    "svd,10,0.01,1,0,0,0.7,0.2,0,done\n";

inline report::RunFiles read(const TempFolder& folder, const std::string& folds = kFolds,
                             const std::string& manifest = kManifest) {
  folder.write("spec.yaml", "name: small\n");
  folder.write("manifest.json", manifest);
  folder.write("folds.csv", folds);
  return report::read_run(folder.path().string());
}

}  // namespace cofi::test
