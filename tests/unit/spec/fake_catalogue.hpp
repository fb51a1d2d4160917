// A few plugins' descriptors without plugins, for tests of specs that start fast.
#pragma once

#include <string>
#include <vector>

#include "cofi/error.hpp"
#include "cofi/plugin/abi.h"

#include "spec/catalogue.hpp"

namespace cofi::test {

namespace fake {

constexpr cofi_param row(std::int32_t type, const char* name, const char* fallback, double low,
                         double high, const char* choices = nullptr, const char* kind = nullptr,
                         std::int32_t shape = COFI_ONE) {
  return {name, type, shape, kind, fallback, low, high, choices, 0, "What it is."};
}
constexpr cofi_param list(cofi_param each) {
  each.shape = COFI_LIST;
  return each;
}

constexpr cofi_param kMovielens[] = {
    row(COFI_STRING, "path", nullptr, 0, 0),
    row(COFI_STRING, "duplicates", "last", 0, 0, "error|first|last|mean|keep")};
constexpr cofi_param kDelimited[] = {
    row(COFI_STRING, "path", nullptr, 0, 0), row(COFI_STRING, "separator", "','", 0, 0),
    row(COFI_STRING, "user", "1", 0, 0), row(COFI_STRING, "time", "", 0, 0),
    row(COFI_BOOL, "header", "true", 0, 1)};
constexpr cofi_param kRatio[] = {row(COFI_REAL, "test", "0.2", 0, 1),
                                 row(COFI_INT, "seed", "null", 0, 1e15)};
constexpr cofi_param kPredefined[] = {list(row(COFI_STRING, "train", nullptr, 0, 0)),
                                      list(row(COFI_STRING, "test", nullptr, 0, 0))};
constexpr cofi_param kSvd[] = {row(COFI_INT, "factors", "100", 1, 4096),
                               row(COFI_REAL, "init_high", "0.005", 0, 1),
                               row(COFI_REAL, "mean", "null", -1e9, 1e9),
                               row(COFI_STRING, "init", "cofi", 0, 0, "cofi|torch"),
                               row(COFI_BOOL, "clip", "false", 0, 1),
                               list(row(COFI_INT, "layers", "[8, 4]", 1, 1000)),
                               list(row(COFI_REAL, "weights", "[]", 0, 1))};
constexpr cofi_param kBias[] = {row(COFI_REAL, "damping", "10", 0, 1e9)};
constexpr cofi_param kCosine[] = {row(COFI_REAL, "shrinkage", "0", 0, 1e9),
                                  row(COFI_BOOL, "centered", "false", 0, 1)};
constexpr cofi_param kPearson[] = {row(COFI_REAL, "shrinkage", "100", 0, 1e9)};
constexpr cofi_param kKnn[] = {row(COFI_INT, "neighbours", "40", 1, 100000),
                               row(COFI_PLUGIN_TYPE, "similarity", "{use: cosine, shrinkage: 2}", 0,
                                   0, nullptr, "similarity")};
constexpr cofi_param kBlend[] = {
    row(COFI_PLUGIN_TYPE, "parts", nullptr, 0, 0, nullptr, "model", COFI_LIST),
    row(COFI_PLUGIN_TYPE, "named", "{}", 0, 0, nullptr, "model", COFI_MAP),
    row(COFI_PLUGIN_TYPE, "fallback", "null", 0, 0, nullptr, "model")};
constexpr cofi_param kAdam[] = {row(COFI_REAL, "lr", "0.001", 0, 1000),
                                row(COFI_REAL, "weight_decay", "0", 0, 1000),
                                row(COFI_BOOL, "lazy", "false", 0, 1)};
constexpr cofi_param kSgd[] = {row(COFI_REAL, "lr", "0.01", 0, 1000),
                               row(COFI_REAL, "momentum", "0", 0, 0.999)};
constexpr cofi_param kNdcg[] = {
    row(COFI_INT, "at", "10", 1, 100000),
    row(COFI_STRING, "gain", "exponential", 0, 0, "exponential|linear")};
constexpr cofi_param kRegularized[] = {row(COFI_REAL, "lambda", "0.02", 0, 1e9)};
// An author's mistake: its default is not what it allows.
constexpr cofi_param kMistaken[] = {row(COFI_INT, "size", "0", 1, 10)};

constexpr cofi_plugin counted(const char* kind, const char* name, const cofi_param* params,
                              unsigned count, unsigned uses) {
  return {COFI_MAGIC, sizeof(cofi_plugin), COFI_ABI_VERSION, "",    kind, name,
          "1.0.0",    "A fake.",           params,           count, uses, nullptr};
}
template <std::size_t N>
constexpr cofi_plugin plugin(const char* kind, const char* name, const cofi_param (&params)[N],
                             unsigned uses = COFI_USES_NOTHING) {
  return counted(kind, name, params, N, uses);
}
constexpr cofi_plugin plain(const char* kind, const char* name, unsigned uses = COFI_USES_NOTHING) {
  return counted(kind, name, nullptr, 0, uses);
}

constexpr unsigned kGradient = COFI_USES_TRAIN | COFI_USES_OPTIMIZER;
constexpr cofi_plugin kPlugins[] = {plain("backend", "local"),
                                    plugin("dataset", "delimited", kDelimited),
                                    plugin("dataset", "movielens", kMovielens),
                                    plain("dataset", "synthetic"),
                                    plain("metric", "mae"),
                                    plugin("metric", "ndcg", kNdcg, COFI_USES_RANKING),
                                    plugin("metric", "regularized_error", kRegularized),
                                    plain("metric", "rmse"),
                                    plugin("model", "bias", kBias),
                                    plugin("model", "blend", kBlend),
                                    plugin("model", "knn", kKnn),
                                    plugin("model", "mistaken", kMistaken),
                                    plain("model", "nmf", COFI_USES_TRAIN),
                                    plugin("model", "svd", kSvd, kGradient),
                                    plugin("optimizer", "adam", kAdam),
                                    plugin("optimizer", "sgd", kSgd),
                                    plugin("similarity", "cosine", kCosine),
                                    plugin("similarity", "pearson", kPearson),
                                    plugin("splitter", "predefined", kPredefined),
                                    plugin("splitter", "ratio", kRatio)};

}  // namespace fake

class FakeCatalogue final : public spec::Catalogue {
 public:
  // model/broken stands for a plugin whose file cannot be used.
  const cofi_plugin* find(const std::string& kind, const std::string& name) const override {
    if (kind == "model" && name == "broken")
      throw Error("model/broken was built against another cofi");
    for (const cofi_plugin& each : fake::kPlugins) {
      if (kind == each.kind && name == each.name) return &each;
    }
    return nullptr;
  }
  std::vector<std::string> names(const std::string& kind) const override {
    std::vector<std::string> all;
    for (const cofi_plugin& each : fake::kPlugins) {
      if (kind == each.kind) all.emplace_back(each.name);
    }
    return all;
  }
  std::vector<std::string> folders() const override { return {"/plugins/a", "/plugins/b"}; }
};

}  // namespace cofi::test
