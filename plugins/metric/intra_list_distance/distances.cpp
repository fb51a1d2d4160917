#include "distances.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace intra_list_distance {
namespace {

class OfTags final : public Distance {
 public:
  OfTags(const cofi::EvalContext& context, bool cosine) : cosine_(cosine) {
    std::map<std::string, std::int32_t> ids;
    for (const std::vector<std::string>& tags : context.tags) {
      std::vector<std::int32_t> own;
      for (const std::string& tag : tags) {
        own.push_back(ids.emplace(tag, static_cast<std::int32_t>(ids.size())).first->second);
      }
      std::sort(own.begin(), own.end());
      own.erase(std::unique(own.begin(), own.end()), own.end());
      tags_.push_back(std::move(own));
    }
  }

  double between(std::int32_t a, std::int32_t b) override {
    const auto& first = tags_[static_cast<std::size_t>(a)];
    const auto& second = tags_[static_cast<std::size_t>(b)];
    if (first.empty() || second.empty()) return 1;
    std::vector<std::int32_t> both;
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(),
                          std::back_inserter(both));
    const auto n = static_cast<double>(both.size());
    const auto p = static_cast<double>(first.size()), q = static_cast<double>(second.size());
    return 1 - (cosine_ ? n / std::sqrt(p * q) : n / (p + q - n));
  }

 private:
  bool cosine_;
  std::vector<std::vector<std::int32_t>> tags_;  // [items] ascending
};

// Lists have many pairs in common, and popular items long columns: what was asked last is kept, one
// pair a place, as far as a fixed amount of memory (16 MiB) takes it.
class OfUsers final : public Distance {
 public:
  OfUsers(const cofi::EvalContext& context, bool values)
      : columns_(context.item_counts.size()), known_(std::size_t{1} << kPlaceBits) {
    const cofi::Interactions& train = *context.train;
    for (std::size_t row = 0; row < train.size(); ++row) {
      const float value = values ? train.values[row] : 1.0F;
      columns_[static_cast<std::size_t>(train.items[row])].push_back({train.users[row], value});
    }
    for (Column& column : columns_) {
      std::stable_sort(column.begin(), column.end(),
                       [](const Entry& a, const Entry& b) { return a.user < b.user; });
      // Of a pair that stands there twice the last one counts.
      const auto last =
          std::unique(column.rbegin(), column.rend(),
                      [](const Entry& a, const Entry& b) { return a.user == b.user; });
      column.erase(column.begin(), last.base());
      double sum = 0;
      for (const Entry& entry : column) sum += double{entry.value} * double{entry.value};
      norms_.push_back(std::sqrt(sum));
    }
  }

  double between(std::int32_t a, std::int32_t b) override {
    const auto [low, high] = std::minmax(a, b);
    const std::uint64_t pair = static_cast<std::uint64_t>(low) << 32U | std::uint32_t(high);
    // Knuth's multiplicative hashing, by the golden ratio.
    Known& known = known_[(pair * 0x9e3779b97f4a7c15U) >> (64U - kPlaceBits)];
    if (known.pair != pair) {
      known = {pair, computed(static_cast<std::size_t>(low), static_cast<std::size_t>(high))};
    }
    return known.distance;
  }

 private:
  struct Entry {
    std::int32_t user;
    float value;
  };
  using Column = std::vector<Entry>;
  struct Known {
    std::uint64_t pair = ~std::uint64_t{0};  // no items' numbers
    double distance = 0;
  };
  static constexpr unsigned kPlaceBits = 20;

  double computed(std::size_t a, std::size_t b) const {
    const double norms = norms_[a] * norms_[b];
    if (norms == 0) return 1;
    double sum = 0;
    auto p = columns_[a].begin(), q = columns_[b].begin();
    while (p != columns_[a].end() && q != columns_[b].end()) {
      if (p->user == q->user)
        sum += double{p++->value} * double{q++->value};
      else if (p->user < q->user)
        ++p;
      else
        ++q;
    }
    return 1 - sum / norms;
  }

  std::vector<Column> columns_;  // [items] by user
  std::vector<double> norms_;    // [items]
  std::vector<Known> known_;
};

}  // namespace

std::unique_ptr<Distance> distance_named(const std::string& name,
                                         const cofi::EvalContext& context) {
  if (name == "jaccard" || name == "tag_cosine") {
    return std::make_unique<OfTags>(context, name == "tag_cosine");
  }
  return std::make_unique<OfUsers>(context, name == "cosine");
}

}  // namespace intra_list_distance
