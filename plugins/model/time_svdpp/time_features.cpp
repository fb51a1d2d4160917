#include "time_features.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace time_svdpp {
namespace {

constexpr double kDay = 86400;

// The greatest integer at most time / length.
std::int64_t window_number(std::int64_t time, std::int64_t length) {
  return time / length - (time % length < 0 ? 1 : 0);
}

}  // namespace

TimeFeatures::TimeFeatures(TimeOptions options)
    : options_(std::move(options)), windows_(options_.windows.size()) {}

bool TimeFeatures::any() const {
  return options_.bins > 0 || options_.deviations || !options_.windows.empty();
}

void TimeFeatures::learn(const cofi::Interactions& train, std::int32_t users) {
  if (!any()) return;
  if (train.times.empty()) {
    throw cofi::Error(
        "model/time_svdpp needs times, and these ratings have none: name the "
        "dataset's column of times, or use model/svdpp");
  }
  const auto [first, last] = std::minmax_element(train.times.begin(), train.times.end());
  first_ = *first;
  last_ = *last;
  const cofi::Grouping by_user = cofi::group_by(train.users, users);
  mean_times_.assign(static_cast<std::size_t>(users), std::numeric_limits<double>::quiet_NaN());
  for (std::int32_t user = 0; user < users; ++user) {
    const auto own = by_user.group(user);
    if (own.empty()) continue;
    double sum = 0;  // since first_: exact for any number of ratings
    for (const std::int32_t n : own) {
      sum += static_cast<double>(train.times[static_cast<std::size_t>(n)] - first_);
    }
    mean_times_[static_cast<std::size_t>(user)] =
        static_cast<double>(first_) + sum / static_cast<double>(own.size());
  }
  if (options_.deviations) {
    double largest = 0;
    for (std::size_t n = 0; n < train.size(); ++n) {
      largest = std::max(largest, std::abs(power(train.users[n], train.times[n])));
    }
    largest_ = largest > 0 ? largest : 1;
  }
  for (std::size_t k = 0; k < windows_.size(); ++k) {
    windows_[k] = windows_of(train, by_user, options_.windows[k]);
  }
}

Moment TimeFeatures::at(std::int32_t user, std::int64_t time,
                        std::vector<std::int32_t>& windows) const {
  Moment moment;
  if (options_.bins > 0) {
    const std::int64_t within = std::clamp(time, first_, last_) - first_;
    moment.bin = static_cast<std::int32_t>(within * options_.bins / (last_ - first_ + 1));
  }
  if (options_.deviations) moment.deviation = static_cast<float>(power(user, time) / largest_);
  windows.assign(windows_.size(), -1);
  for (std::size_t k = 0; user >= 0 && k < windows_.size(); ++k) {
    const Windows& own = windows_[k];
    const auto begin = own.numbers.begin() + own.starts[static_cast<std::size_t>(user)];
    const auto end = own.numbers.begin() + own.starts[static_cast<std::size_t>(user) + 1];
    const std::int64_t number = window_number(time, options_.windows[k]);
    const auto found = std::lower_bound(begin, end, number);
    if (found != end && *found == number) {
      windows[k] = static_cast<std::int32_t>(found - own.numbers.begin());
    }
  }
  moment.windows = windows;
  return moment;
}

double TimeFeatures::power(std::int32_t user, std::int64_t time) const {
  const double mean = user < 0 ? std::numeric_limits<double>::quiet_NaN()
                               : mean_times_[static_cast<std::size_t>(user)];
  if (std::isnan(mean)) return 0;
  const double days = (static_cast<double>(time) - mean) / kDay;
  return std::copysign(std::pow(std::abs(days), options_.beta), days);
}

TimeFeatures::Windows TimeFeatures::windows_of(const cofi::Interactions& train,
                                               const cofi::Grouping& by_user,
                                               std::int64_t length) const {
  Windows windows;
  windows.starts.push_back(0);
  std::vector<std::int64_t> own;
  for (std::size_t user = 0; user + 1 < by_user.starts.size(); ++user) {
    own.clear();
    for (const std::int32_t n : by_user.group(static_cast<std::int32_t>(user))) {
      own.push_back(window_number(train.times[static_cast<std::size_t>(n)], length));
    }
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    windows.numbers.insert(windows.numbers.end(), own.begin(), own.end());
    windows.starts.push_back(static_cast<std::int64_t>(windows.numbers.size()));
  }
  return windows;
}

void TimeFeatures::state(cofi::Archive& archive) {
  if (!any()) return;
  cofi::Archive own = archive.child("times");
  own("first", first_);
  own("last", last_);
  own("user_means", mean_times_);
  own("largest_deviation", largest_);
  for (std::size_t k = 0; k < windows_.size(); ++k) {
    cofi::Archive of_length = own.child("windows_" + std::to_string(options_.windows[k]));
    of_length("starts", windows_[k].starts);
    of_length("numbers", windows_[k].numbers);
  }
}

}  // namespace time_svdpp
