// The interface of model plugins.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/column.hpp"
#include "cofi/error.hpp"

namespace cofi {

struct FitContext;
struct Interactions;
class ThreadPool;

// n (user, item, time) questions. Ids are dense; -1 stands for an id outside the vocabulary.
struct Query {
  View<std::int32_t> users;  // [n]
  View<std::int32_t> items;  // [n]
  View<std::int64_t> times;  // [n], or empty where the data has no times

  std::size_t size() const { return users.size(); }
};

// What predict's numbers are: ratings on the data's scale, or scores that only order items.
enum class Output { kRating, kScore };

// Whose rows a table has.
enum class Rows { kUsers, kItems, kShared };

// A table of learned values. The framework reads it (cold start, saving rows, exchange between
// ranks) and, for gradient models, trains it.
struct Parameter {
  std::string name;
  at::Tensor value;  // float32 [rows, ...], rows possibly padded (strides)
  Rows rows = Rows::kShared;
  std::optional<double> regularization = std::nullopt;  // instead of the optimizer's weight_decay
};

// The terms of one prediction; they add up to it.
struct COFI_API Explanation {
  struct Term {
    std::string name;  // "mean", "user bias", "neighbor", ...
    double value;
    Rows of = Rows::kShared;  // kUsers, kItems: the term is of a user or an item, the neighbor's,
    std::int32_t id = -1;     // with this id
  };
  std::vector<Term> terms;

  void add(std::string name, double value, Rows of = Rows::kShared, std::int32_t id = -1);
  double sum() const;
};

class COFI_API Model {
 public:
  static constexpr char kKind[] = "model";
  static constexpr unsigned kUses = 0;

  virtual ~Model();

  virtual Output output() const { return Output::kRating; }

  // Whether predictions depend on the time of the question. On splits that are not by time they
  // then interpolate between a user's other ratings of that time: no forecast, and result tables
  // say so.
  virtual bool reads_times() const { return false; }

  // Learns from context.train. An Error where the data does not allow it; called once.
  virtual void fit(const FitContext& context) = 0;

  // out[n]: finite values, for unknown ids (-1) and ids without training data too. Called from
  // several threads at once after fit or load, and with no questions.
  virtual void predict(const Query& query, float* out) const = 0;

  // out[users x items], row-major: every item of the vocabulary for each user (times: one a user,
  // or empty). The default asks predict.
  virtual void score(View<std::int32_t> users, View<std::int64_t> times, std::int32_t items,
                     float* out) const;

  // Learns users whom training has not seen from these interactions of theirs, without changing
  // what it says of others. Called before it is asked about them: after fit or load, and during a
  // fit whose epochs are evaluated (the users' rows of parameters() are then put back). False (the
  // default) where it cannot: the cold start rule stands for them.
  virtual bool fold_in(const Interactions& rows, const ThreadPool& pool);

  // All that predict needs, named: writes into or reads from the archive (see Archive).
  virtual void state(Archive& archive) = 0;

  // Tables with a row a user or item, in which cold start may stand in for rows without training
  // data; none by default.
  virtual std::vector<Parameter> parameters() { return {}; }

  // Why the model predicts what it predicts (without a time), where it can tell.
  virtual std::optional<Explanation> explain(std::int32_t user, std::int32_t item) const;

  // out[items]: how like the item the model takes each item to be, 0 where it knows nothing of the
  // pair; false where it has no such notion. The default: the cosine of the two items' rows of its
  // widest table of items.
  virtual bool similar_items(std::int32_t item, std::int32_t items, float* out) const;
};

}  // namespace cofi
