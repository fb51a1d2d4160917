// Weighted averages over neighbors. See README.md beside this file.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cofi/clipping.hpp"
#include "cofi/fit_context.hpp"
#include "cofi/item_weights.hpp"
#include "cofi/kernels/biases.hpp"
#include "cofi/kernels/similarity.hpp"
#include "cofi/model.hpp"
#include "cofi/plugin/plugin.hpp"
#include "cofi/sparse_rows.hpp"

#include "values.hpp"

namespace {

using cofi::SparseRows;
using cofi::View;

constexpr cofi_param kParams[] = {
    cofi::choice("by", "item", "user|item", "Whose neighbors: a user's, or an item's."),
    cofi::choice("similarity", "pearson_baseline",
                 "cosine|pearson|adjusted_cosine|msd|spearman|frequency_pearson|weighted_pearson|"
                 "pearson_baseline|jaccard|asymmetric_cosine",
                 "How alike two users (or items) are."),
    cofi::choice("over", "common", "common|all",
                 "Norms (and means) over the common values, or over all that each of the two has."),
    cofi::choice("missing", "ignore", "ignore|zero",
                 "zero: missing values are zeros, in similarities and in predictions."),
    cofi::integer("min_support", "1", 1, 1000000, "Pairs with fewer common values are not alike."),
    cofi::real("shrinkage", "null", 0, 1e9,
               "Similarities of n common values are shrunk by n / (n + shrinkage)."),
    cofi::real("significance", "null", 1, 1e9,
               "weighted_pearson: similarities of n fewer common values count n / significance."),
    cofi::real("alpha", "0.5", 0, 1, "asymmetric_cosine: the weight of the row's own count."),
    cofi::choice("normalization", "baseline", "none|mean|zscore|baseline",
                 "What is taken from values before they are averaged, and added to the average."),
    cofi::choice("aggregate", "mean", "mean|sum",
                 "Ratings that are weighted means of the neighbors' values, or scores that are "
                 "weighted sums of them (with normalization: none)."),
    cofi::integer("epochs", "10", 1, 1000, "Passes that find the baseline's biases."),
    cofi::real("reg_user", "15", 0, 1e9, "Damping of the baseline's user biases."),
    cofi::real("reg_item", "10", 0, 1e9, "Damping of the baseline's item biases."),
    cofi::integer("keep", "2000", 1, 1000000, "Similarities kept of each user (or item)."),
    cofi::late(cofi::integer("k", "40", 1, 1000000, "Neighbors that a prediction averages.")),
    cofi::late(cofi::integer("min_k", "1", 1, 1000000,
                             "With fewer, the prediction is what normalization says without.")),
    cofi::late(cofi::choice("neighbors", "positive", "positive|all",
                            "Those of positive similarity, or of the largest magnitude.")),
    cofi::late(cofi::real("amplification", "1", 0.01, 100, "Weights are similarities to this.")),
    cofi::late(cofi::real("damping", "0", 0, 1e9, "Added to the sum of weights divided by.")),
    cofi::late(cofi::choice("unseen", "offset", "offset|mean",
                            "For unseen users or items: what normalization says of the other one, "
                            "or the mean of all.")),
    cofi::late(cofi::boolean("clip", "false", "Clip predictions to the rating scale.")),
};

void state_of(cofi::Archive& archive, cofi::kernels::Neighbors& neighbors) {
  cofi::Archive own = archive.child("neighbors");
  own("starts", neighbors.starts);
  own("ids", neighbors.ids);
  own("similarities", neighbors.similarities);
}

// What a row is asked with: its neighbors' weights where one looks them up, and room to choose.
struct Asked {
  struct Neighbor {
    float similarity, value;
    std::int32_t id;
  };
  std::vector<float> similarities;  // [rows] zeros but for the loaded row's neighbors
  std::vector<Neighbor> chosen;
  double weights = 0, missing = 0;  // missing: zero; of the k neighbors
};

class Knn final : public cofi::Model {
 public:
  explicit Knn(const cofi::Params& params)
      : by_user_(params.text("by") == "user"),
        similarity_(params.text("similarity")),
        over_all_(params.text("over") == "all"),
        zeros_(params.text("missing") == "zero"),
        normalization_(params.text("normalization")),
        sum_(params.text("aggregate") == "sum"),
        k_(static_cast<std::size_t>(params.integer("k"))),
        min_k_(static_cast<std::size_t>(params.integer("min_k"))),
        positive_(params.text("neighbors") == "positive"),
        amplification_(params.real("amplification")),
        damping_(params.real("damping")),
        unseen_mean_(params.text("unseen") == "mean"),
        clip_(params.boolean("clip")) {
    check(params);
    biases_.epochs = params.integer("epochs");
    biases_.reg_user = params.real("reg_user");
    biases_.reg_item = params.real("reg_item");
    options_.min_support = params.integer("min_support");
    options_.alpha = params.real("alpha");
    options_.keep = params.integer("keep");
    options_.shrinkage =
        params.optional_real("shrinkage").value_or(similarity_ == "pearson_baseline" ? 100 : 0);
    if (similarity_ == "weighted_pearson") {
      options_.significance = params.optional_real("significance").value_or(50);
    }
    options_.over_all = over_all_ || zeros_;
    options_.zeros = zeros_;
    choose_measure();
  }

  cofi::Output output() const override {
    return sum_ ? cofi::Output::kScore : cofi::Output::kRating;
  }

  void fit(const cofi::FitContext& context) override {
    const SparseRows users = cofi::rows_by_user(context.train, context.users, context.pool);
    const SparseRows items = cofi::rows_by_item(context.train, context.items, context.pool);
    mean_ = context.train.mean();
    clip_.take(context.scale);
    cofi::kernels::Biases biases;
    if (similarity_ == "pearson_baseline" || normalization_ == "baseline") {
      biases = cofi::kernels::als_biases(users, items, mean_, biases_, context.pool);
    }
    if (!by_user_) std::swap(biases.users, biases.items);
    const SparseRows& rows = by_user_ ? users : items;
    const std::int32_t columns = by_user_ ? context.items : context.users;
    cofi::Archive found = context.shared(key(), [&](cofi::Archive& archive) {
      SparseRows taken = rows;
      knn::take_values(values_, biases, taken);
      if (similarity_ == "frequency_pearson") knn::weigh_columns(taken, columns);
      options_.columns = columns;
      cofi::kernels::Neighbors neighbors = cofi::kernels::neighbors_of(
          taken, cofi::transposed(taken, columns), options_, context.pool, context.communicator);
      state_of(archive, neighbors);
    });
    state_of(found, neighbors_);
    take_offsets(rows, by_user_ ? items : users, biases);
  }

  void predict(const cofi::Query& query, float* out) const override {
    const View<std::int32_t> rows = by_user_ ? query.users : query.items;
    const View<std::int32_t> columns = by_user_ ? query.items : query.users;
    Asked asked = room();
    std::int32_t loaded = -1;
    for (const std::int32_t n : cofi::order_by(rows)) {
      const auto at = static_cast<std::size_t>(n);
      if (rows[at] != loaded) {
        unload(loaded, asked);
        load(loaded = rows[at], asked);
      }
      out[at] = predicted(loaded, columns[at], asked);
    }
  }

  void score(View<std::int32_t> users, View<std::int64_t>, std::int32_t items,
             float* out) const override {
    Asked asked = room();
    const auto width = static_cast<std::size_t>(items);
    const auto count = static_cast<std::int32_t>(users.size());
    const std::int32_t rows = by_user_ ? count : items, columns = by_user_ ? items : count;
    for (std::int32_t r = 0; r < rows; ++r) {
      const std::int32_t row = by_user_ ? users.data()[r] : r;
      load(row, asked);
      for (std::int32_t c = 0; c < columns; ++c) {
        const std::int32_t column = by_user_ ? c : users.data()[c];
        const auto user = static_cast<std::size_t>(by_user_ ? r : c);
        const auto item = static_cast<std::size_t>(by_user_ ? c : r);
        out[user * width + item] = predicted(row, column, asked);
      }
      unload(row, asked);
    }
  }

  // An item's neighbors are the same whoever asks: a user is what it rated.
  bool fold_in(const cofi::Interactions& rows, const cofi::ThreadPool& pool) override {
    if (by_user_) return false;
    SparseRows own = cofi::rows_by_user(rows, columns_.size(), pool);
    for (std::int32_t user = 0; user < own.size(); ++user) {
      if (normalization_ == "baseline" && !own.row(user).empty()) fold_in_bias(user, own.row(user));
    }
    normalize(own);
    cofi::replace_rows(columns_, own);
    return true;
  }

  void state(cofi::Archive& archive) override {
    archive("mean", mean_);
    clip_.state(archive);
    state_of(archive, neighbors_);
    cofi::rows_state(archive, "columns", columns_);
    archive("row_offsets", row_offsets_);
    archive("row_spreads", row_spreads_);
    archive("column_offsets", column_offsets_);
    archive("has_values", has_values_);
  }

  std::optional<cofi::Explanation> explain(std::int32_t user, std::int32_t item) const override {
    const std::int32_t row = by_user_ ? user : item, column = by_user_ ? item : user;
    cofi::Explanation why;
    Asked asked = room();
    load(row, asked);
    const double prediction = unclipped(row, column, asked);
    if (!zeros_ && is_known(row) && is_column(column) && asked.chosen.size() >= min_k_) {
      if (!sum_) why.add(normalization_, offset(row, column));
      double weights = sum_ ? 1 : damping_;
      for (const auto& each : asked.chosen) weights += sum_ ? 0 : weight(each.similarity);
      for (const auto& each : asked.chosen) {
        const double share = std::copysign(weight(each.similarity), each.similarity) / weights;
        why.add("neighbor", share * each.value * row_spreads_[static_cast<std::size_t>(row)],
                by_user_ ? cofi::Rows::kUsers : cofi::Rows::kItems, each.id);
      }
    } else {
      why.add(zeros_ ? "neighbors" : "no neighbors", prediction);
    }
    clip_.explain(why, prediction);
    return why;
  }

  // The similarities of the item's neighbors, where items have any.
  bool similar_items(std::int32_t item, std::int32_t items, float* out) const override {
    if (by_user_) return false;
    std::fill(out, out + items, 0.0F);
    const auto first = static_cast<std::size_t>(neighbors_.starts[static_cast<std::size_t>(item)]);
    const auto last =
        static_cast<std::size_t>(neighbors_.starts[static_cast<std::size_t>(item) + 1]);
    for (std::size_t n = first; n < last; ++n) out[neighbors_.ids[n]] = neighbors_.similarities[n];
    return true;
  }

 private:
  void check(const cofi::Params& params) const {
    if (params.integer("k") > params.integer("keep")) {
      throw params.error("k", "is more than keep: " + std::to_string(params.integer("keep")) +
                                  ", the similarities that there are; raise keep");
    }
    const bool counts = similarity_ == "jaccard" || similarity_ == "asymmetric_cosine";
    if (over_all_ && (counts || similarity_ == "msd")) {
      throw params.error("over", "all has no meaning with similarity: " + similarity_);
    }
    if (zeros_ && similarity_ != "cosine" && similarity_ != "pearson") {
      throw params.error("missing",
                         "zero goes with similarity: cosine and pearson, not with " + similarity_);
    }
    if (zeros_ && normalization_ == "baseline") {
      throw params.error("missing",
                         "zero goes with normalization: none, mean and zscore, as a "
                         "baseline is of the values that there are");
    }
    if (sum_ && (normalization_ != "none" || zeros_ || clip_.on())) {
      throw params.error("aggregate",
                         "sum goes with normalization: none, missing: ignore and clip: false; "
                         "scores are not on the rating scale");
    }
    if (params.has("significance") && similarity_ != "weighted_pearson") {
      throw params.error("significance", "is of similarity: weighted_pearson");
    }
  }

  // Which values are compared, and how.
  void choose_measure() {
    using cofi::kernels::Measure;
    const bool ranks = similarity_ == "spearman";
    const bool moments = similarity_ == "pearson" || similarity_ == "weighted_pearson" || ranks;
    values_ = ranks                               ? "ranks"
              : similarity_ == "adjusted_cosine"  ? "column_mean"
              : similarity_ == "pearson_baseline" ? "baseline"
                                                  : "raw";
    if (moments) options_.measure = Measure::kPearson;
    if (similarity_ == "frequency_pearson") values_ = "row_mean";
    if (moments && over_all_ && !zeros_) {
      values_ = ranks ? "centered_ranks" : "row_mean";
      options_.measure = Measure::kCosine;
    }
    if (similarity_ == "msd") options_.measure = Measure::kMsd;
    if (similarity_ == "jaccard") options_.measure = Measure::kJaccard;
    if (similarity_ == "asymmetric_cosine") options_.measure = Measure::kAsymmetricCosine;
    options_.shrinks_from_one =
        moments || similarity_ == "pearson_baseline" || similarity_ == "frequency_pearson";
  }

  // All that the neighbors depend on, besides the data.
  std::string key() const {
    std::string key = "knn";
    const auto add = [&](const auto& value) {
      if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
        std::array<char, 32> text{};
        key += "/";
        key.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), +value).ptr);
      } else {
        key += "/" + value;
      }
    };
    add(by_user_);
    add(similarity_);
    add(over_all_);
    add(zeros_);
    add(options_.min_support);
    add(options_.shrinkage);
    add(options_.significance);
    add(options_.alpha);
    add(options_.keep);
    add(biases_.epochs);
    add(biases_.reg_user);
    add(biases_.reg_item);
    return key;
  }

  void take_offsets(const SparseRows& rows, const SparseRows& columns,
                    const cofi::kernels::Biases& biases) {
    const auto count = static_cast<std::size_t>(rows.size());
    row_offsets_.assign(count, 0);
    row_spreads_.assign(count, 1);
    column_offsets_.assign(static_cast<std::size_t>(columns.size()), 0);
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      has_values_.push_back(rows.row(row).empty() ? 0 : 1);
    }
    if (normalization_ == "baseline") {
      for (std::size_t n = 0; n < count; ++n) {
        row_offsets_[n] = static_cast<float>(mean_ + biases.users[n]);
      }
      for (std::size_t n = 0; n < column_offsets_.size(); ++n) {
        column_offsets_[n] = static_cast<float>(biases.items[n]);
      }
    } else if (normalization_ != "none") {
      take_moments(rows, columns.size());
    }
    columns_ = columns;
    normalize(columns_);
  }

  // Replaces each value of some columns by what the model averages.
  void normalize(SparseRows& columns) const {
    for (std::int32_t column = 0; column < columns.size(); ++column) {
      const auto c = static_cast<std::size_t>(column);
      for (auto n = columns.starts[c]; n < columns.starts[c + 1]; ++n) {
        SparseRows::Entry& entry = columns.entries[static_cast<std::size_t>(n)];
        const auto row = static_cast<std::size_t>(entry.id);
        entry.value = (entry.value - row_offsets_[row] - column_offsets_[c]) / row_spreads_[row];
      }
    }
  }

  void take_moments(const SparseRows& rows, std::int32_t columns) {
    double squares = 0;
    for (const auto& entry : rows.entries) squares += (entry.value - mean_) * (entry.value - mean_);
    const auto all = static_cast<double>(rows.entries.size());
    const double spread = all > 0 && squares > 0 ? std::sqrt(squares / all) : 1;
    for (std::int32_t row = 0; row < rows.size(); ++row) {
      double sum = 0, own_squares = 0;
      for (const auto& entry : rows.row(row)) {
        sum += entry.value;
        own_squares += double{entry.value} * double{entry.value};
      }
      const auto have = static_cast<double>(rows.row(row).size());
      const double n = zeros_ ? columns : have;
      const double mean = n > 0 ? sum / n : 0;
      const double variance = n > 0 ? own_squares / n - mean * mean : 0;
      row_offsets_[static_cast<std::size_t>(row)] = static_cast<float>(mean);
      if (normalization_ == "zscore") {
        row_spreads_[static_cast<std::size_t>(row)] =
            static_cast<float>(variance > 1e-9 ? std::sqrt(variance) : spread);
      }
    }
  }

  void fold_in_bias(std::int32_t user, View<SparseRows::Entry> own) {
    double sum = 0;
    for (const auto& entry : own) {
      sum += entry.value - row_offsets_[static_cast<std::size_t>(entry.id)];
    }
    column_offsets_[static_cast<std::size_t>(user)] =
        static_cast<float>(sum / (biases_.reg_user + static_cast<double>(own.size())));
  }

  bool is_known(std::int32_t row) const {
    return row >= 0 && row < static_cast<std::int32_t>(row_offsets_.size());
  }
  bool is_seen(std::int32_t row) const {
    return is_known(row) && has_values_[static_cast<std::size_t>(row)] != 0;
  }
  bool is_column(std::int32_t column) const { return column >= 0 && column < columns_.size(); }

  Asked room() const {
    Asked asked;
    asked.similarities.assign(row_offsets_.size(), 0);
    return asked;
  }

  double weight(double similarity) const {
    const double magnitude = std::abs(similarity);
    return amplification_ == 1 ? magnitude : std::pow(magnitude, amplification_);
  }

  void take_nearest(std::vector<Asked::Neighbor>& neighbors) const {
    cofi::take_largest(neighbors, k_,
                       [](const Asked::Neighbor& neighbor) { return neighbor.similarity; });
  }

  bool counts(float similarity) const { return positive_ ? similarity > 0 : similarity != 0; }

  void load(std::int32_t row, Asked& asked) const {
    if (!is_known(row)) return;
    const auto r = static_cast<std::size_t>(row);
    const auto first = static_cast<std::size_t>(neighbors_.starts[r]);
    const auto last = static_cast<std::size_t>(neighbors_.starts[r + 1]);
    if (!zeros_) {
      for (std::size_t n = first; n < last; ++n) {
        asked.similarities[static_cast<std::size_t>(neighbors_.ids[n])] =
            neighbors_.similarities[n];
      }
      return;
    }
    asked.chosen.clear();
    for (std::size_t n = first; n < last; ++n) {
      if (!counts(neighbors_.similarities[n])) continue;
      asked.chosen.push_back({neighbors_.similarities[n], 0, neighbors_.ids[n]});
    }
    take_nearest(asked.chosen);
    asked.weights = damping_;
    asked.missing = 0;
    for (const auto& each : asked.chosen) {
      const auto id = static_cast<std::size_t>(each.id);
      const double signed_weight = std::copysign(weight(each.similarity), each.similarity);
      asked.similarities[id] = static_cast<float>(signed_weight);
      asked.weights += std::abs(signed_weight);
      asked.missing -= signed_weight * row_offsets_[id] / row_spreads_[id];
    }
  }

  void unload(std::int32_t row, Asked& asked) const {
    if (!is_known(row)) return;
    const auto r = static_cast<std::size_t>(row);
    for (auto n = neighbors_.starts[r]; n < neighbors_.starts[r + 1]; ++n) {
      asked.similarities[static_cast<std::size_t>(neighbors_.ids[static_cast<std::size_t>(n)])] = 0;
    }
  }

  double offset(std::int32_t row, std::int32_t column) const {
    return double{row_offsets_[static_cast<std::size_t>(row)]} +
           double{column_offsets_[static_cast<std::size_t>(column)]};
  }

  // The prediction without neighbors: what is known of the two. A row without values has its mean
  // only where missing ones are zeros.
  double alone(std::int32_t row, std::int32_t column) const {
    if (normalization_ == "none") return sum_ ? 0 : mean_;
    if (unseen_mean_ && !(is_seen(row) && is_column(column) && !columns_.row(column).empty())) {
      return mean_;
    }
    const bool has_offset =
        is_known(row) && (zeros_ || normalization_ == "baseline" || is_seen(row));
    return (has_offset ? row_offsets_[static_cast<std::size_t>(row)] : mean_) +
           (is_column(column) ? column_offsets_[static_cast<std::size_t>(column)] : 0);
  }

  double unclipped(std::int32_t row, std::int32_t column, Asked& asked) const {
    if (!is_known(row) || !is_column(column)) return alone(row, column);
    const auto entries = columns_.row(column);
    double sum = 0, weights = damping_;
    if (zeros_) {
      if (asked.weights <= 0 || asked.chosen.size() < min_k_) return alone(row, column);
      sum = asked.missing;
      weights = asked.weights;
      for (const auto& entry : entries) {
        const auto id = static_cast<std::size_t>(entry.id);
        sum += double{asked.similarities[id]} *
               (double{entry.value} + double{row_offsets_[id]} / double{row_spreads_[id]});
      }
    } else {
      asked.chosen.clear();
      for (const auto& entry : entries) {
        const float similarity = asked.similarities[static_cast<std::size_t>(entry.id)];
        if (counts(similarity)) asked.chosen.push_back({similarity, entry.value, entry.id});
      }
      if (asked.chosen.size() < min_k_) return alone(row, column);
      take_nearest(asked.chosen);
      for (const auto& each : asked.chosen) {
        const double own = weight(each.similarity);
        weights += own;
        sum += std::copysign(own, each.similarity) * each.value;
      }
    }
    if (sum_) return sum;
    return offset(row, column) + row_spreads_[static_cast<std::size_t>(row)] * sum / weights;
  }

  float predicted(std::int32_t row, std::int32_t column, Asked& asked) const {
    const double value = unclipped(row, column, asked);
    return static_cast<float>(clip_(value));
  }

  bool by_user_;
  std::string similarity_;
  bool over_all_, zeros_;
  std::string normalization_;
  bool sum_;
  std::string values_;
  std::size_t k_, min_k_;
  bool positive_;
  double amplification_, damping_;
  bool unseen_mean_;
  cofi::Clipping clip_;
  cofi::kernels::BiasOptions biases_;
  cofi::kernels::SimilarityOptions options_;

  // Rows are the users or items that have neighbors, columns the others.
  double mean_ = 0;
  cofi::kernels::Neighbors neighbors_;
  SparseRows columns_;  // normalized values
  std::vector<float> row_offsets_, row_spreads_, column_offsets_;
  std::vector<float> has_values_;  // [rows] 0: none in training
};

}  // namespace

COFI_PLUGIN(cofi::Model, Knn, "knn", "1.0.0",
            "Averages of what similar users gave, or of what the user gave similar items.", kParams)
