// What the model reads of a moment: the item's bin, how far it is from the user's mean time, and
// the windows of the user that it falls in.
#pragma once

#include <cstdint>
#include <vector>

#include "cofi/archive.hpp"
#include "cofi/column.hpp"
#include "cofi/interactions.hpp"

namespace time_svdpp {

struct TimeOptions {
  std::int64_t bins = 0;    // of equal length, over the time of the training ratings; 0: none
  bool deviations = false;  // else all are 0
  double beta = 0.4;
  std::vector<std::int64_t> windows;  // their lengths in seconds
};

// The defaults are those of a question without a time.
struct Moment {
  std::int32_t bin = -1;
  float deviation = 0;
  cofi::View<std::int32_t> windows = {};  // [lengths] rows of the windows' tables, -1: no such row
};

class TimeFeatures {
 public:
  explicit TimeFeatures(TimeOptions options);

  // Whether anything here depends on time.
  bool any() const;
  const TimeOptions& options() const { return options_; }

  // Takes the bins' span, the users' mean times and their windows with ratings from these rows. An
  // Error where they have no times.
  void learn(const cofi::Interactions& train, std::int32_t users);

  // `windows` is room for what the moment views. Times outside the training ratings' are in the
  // first or last bin; users unknown (-1) or without training ratings deviate by 0.
  //   deviation = sign(t - mean_u) |t - mean_u|^beta, in days, over the largest of training
  // (Koren 2009, section 4.2; scaled, so that gradient steps do not depend on how long users stay)
  Moment at(std::int32_t user, std::int64_t time, std::vector<std::int32_t>& windows) const;

  // Rows of the table of windows of the k-th length.
  std::int64_t window_rows(std::size_t k) const {
    return static_cast<std::int64_t>(windows_[k].numbers.size());
  }

  void state(cofi::Archive& archive);

 private:
  // The windows of one length in which users have training ratings.
  struct Windows {
    std::vector<std::int64_t> starts;   // [users + 1]
    std::vector<std::int64_t> numbers;  // floor(time / length), ascending within a user
  };

  double power(std::int32_t user, std::int64_t time) const;
  Windows windows_of(const cofi::Interactions& train, const cofi::Grouping& by_user,
                     std::int64_t length) const;

  TimeOptions options_;
  std::int64_t first_ = 0, last_ = 0;  // of the training ratings
  std::vector<double> mean_times_;     // [users] NaN: no ratings
  double largest_ = 1;                 // deviation, before it is scaled
  std::vector<Windows> windows_;       // [lengths]
};

}  // namespace time_svdpp
