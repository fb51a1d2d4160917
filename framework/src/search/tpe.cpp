#include "search/tpe.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "search/halving.hpp"

namespace cofi::search {
namespace {

constexpr int kCandidates = 24;
constexpr double kPi = 3.14159265358979323846;

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The density of one key among some trials.
class Density {
 public:
  virtual ~Density() = default;
  virtual double at(double number) const = 0;
  virtual double draw(Random& random) const = 0;
};

class Parzen final : public Density {
 public:
  explicit Parzen(std::vector<double> numbers) : centres_(std::move(numbers)) {
    std::sort(centres_.begin(), centres_.end());
    const auto n = static_cast<double>(centres_.size());
    const double narrowest = 1 / std::min(100.0, 1 + n);
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      const double below = k == 0 ? 0 : centres_[k - 1];
      const double above = k + 1 == centres_.size() ? 1 : centres_[k + 1];
      const double width = std::max(centres_[k] - below, above - centres_[k]);
      widths_.push_back(std::clamp(width, narrowest, 1.0));
    }
  }

  double at(double number) const override {
    double sum = 1;  // the uniform part
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      const double z = (number - centres_[k]) / widths_[k];
      const double inside =
          normal_below((1 - centres_[k]) / widths_[k]) - normal_below(-centres_[k] / widths_[k]);
      sum += std::exp(-0.5 * z * z) / (widths_[k] * std::sqrt(2 * kPi) * inside);
    }
    return sum / static_cast<double>(centres_.size() + 1);
  }

  double draw(Random& random) const override {
    const auto part = static_cast<std::size_t>(random.below(centres_.size() + 1));
    if (part == centres_.size()) return random.uniform();
    // Rejection: a normal density centred in [0, 1] has at least a third of its mass there.
    for (;;) {
      const double number = centres_[part] + widths_[part] * random.normal();
      if (number >= 0 && number < 1) return number;
    }
  }

 private:
  std::vector<double> centres_, widths_;
};

class Categories final : public Density {
 public:
  Categories(std::size_t choices, const std::vector<double>& numbers)
      : weights_(choices, 1 / static_cast<double>(choices)),
        total_(static_cast<double>(numbers.size()) + 1) {
    for (const double number : numbers) ++weights_[index(number)];
  }

  double at(double number) const override { return weights_[index(number)] / total_; }

  double draw(Random& random) const override {
    double left = random.uniform() * total_;
    std::size_t choice = 0;
    while (choice + 1 < weights_.size() && left >= weights_[choice]) left -= weights_[choice++];
    return (static_cast<double>(choice) + 0.5) / static_cast<double>(weights_.size());
  }

 private:
  std::size_t index(double number) const {
    const auto size = static_cast<double>(weights_.size());
    return static_cast<std::size_t>(std::min(std::floor(number * size), size - 1));
  }

  std::vector<double> weights_;
  double total_;
};

std::unique_ptr<Density> density_of(std::size_t choices, const std::vector<double>& numbers) {
  if (choices == 0) return std::make_unique<Parzen>(numbers);
  return std::make_unique<Categories>(choices, numbers);
}

}  // namespace

std::vector<double> suggest(const std::vector<std::size_t>& choices,
                            const std::vector<Trial>& trials, const Random& random) {
  std::vector<std::optional<double>> losses;
  for (const Trial& trial : trials) losses.push_back(trial.loss);
  const auto good = static_cast<std::size_t>(std::ceil(0.15 * double(trials.size())));
  std::vector<bool> is_good(trials.size());
  for (const std::size_t n : best_of(losses, good)) is_good[n] = true;

  std::vector<double> numbers;
  for (std::size_t key = 0; key < choices.size(); ++key) {
    std::vector<double> of_good, of_bad;
    for (std::size_t n = 0; n < trials.size(); ++n) {
      (is_good[n] ? of_good : of_bad).push_back(trials[n].numbers[key]);
    }
    const auto l = density_of(choices[key], of_good), g = density_of(choices[key], of_bad);
    Random draws = random.stream(key);
    double best = 0, best_ratio = -1;
    for (int candidate = 0; candidate < kCandidates; ++candidate) {
      const double number = l->draw(draws);
      const double ratio = l->at(number) / g->at(number);
      if (ratio > best_ratio) {
        best = number;
        best_ratio = ratio;
      }
    }
    numbers.push_back(best);
  }
  return numbers;
}

}  // namespace cofi::search
