#include "report/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/sheet.hpp"
#include "report/text_size.hpp"

namespace cofi::report {
namespace {

constexpr double kRoom = 0.06;  // of the span, at both ends

// The largest step of 1, 2 or 5 times a power of ten that gives at least `least` ticks.
double step_for(double span, double least) {
  const double power = std::pow(10, std::floor(std::log10(span / least)));
  for (const double step : {5.0, 2.0}) {
    if (span / (step * power) >= least) return step * power;
  }
  return power;
}

std::string tick_text(double value, double step) {
  const double size = std::max(std::abs(value), step);
  if (size >= 1e6 || step < 1e-6) return number_text(value);
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  const std::string text = fmt::format("{:.{}f}", value, digits);
  return text.find_first_not_of("-0.") == std::string::npos ? text.substr(text[0] == '-') : text;
}

void add_linear_ticks(Axis& axis) {
  const double low = axis.log ? std::pow(10, axis.low) : axis.low;
  const double high = axis.log ? std::pow(10, axis.high) : axis.high;
  const double step = step_for(high - low, 3);
  for (double n = std::ceil(low / step - 1e-9); n * step <= high + step * 1e-9; ++n) {
    axis.ticks.push_back({axis.place(n * step), tick_text(n * step, step)});
  }
}

void add_log_ticks(Axis& axis) {
  const double decades = axis.high - axis.low;
  const double every = std::ceil(decades / 6);
  for (double power = std::floor(axis.low); power <= axis.high; ++power) {
    if (std::fmod(power, every) != 0) continue;
    for (const double digit : {1.0, 2.0, 5.0}) {
      if (digit > 1 && decades > 3) break;
      const double place = power + std::log10(digit);
      if (place < axis.low || place > axis.high) continue;
      axis.ticks.push_back({place, number_text(digit * std::pow(10, power))});
    }
  }
  if (axis.ticks.size() >= 2) return;
  axis.ticks.clear();
  add_linear_ticks(axis);
}

// Ticks at values, without those whose labels would touch the one before.
void add_value_ticks(ParameterAxis& parameter, double width) {
  Axis& axis = parameter.axis;
  const double scale = width / (axis.high - axis.low);
  double free = -1e300;  // where the last label ends
  for (std::size_t n = 0; n < parameter.values.size(); ++n) {
    const double half = text_width(parameter.values[n], kTextSize) / 2 + 4;
    const double at = parameter.places[n] * scale;
    if (at - half < free) continue;
    free = at + half;
    axis.ticks.push_back({parameter.places[n], parameter.values[n]});
  }
}

void add_room(Axis& axis, double share) {
  const double span = axis.high - axis.low;
  const double size = std::max(std::abs(axis.low), std::abs(axis.high));
  // Values that differ in their last bits alone are one value.
  const double room = span > size * 1e-9 ? span * share : std::max(size * share, 1e-3);
  axis.low -= room;
  axis.high += room;
}

}  // namespace

double Axis::place(double value) const { return log ? std::log10(value) : value; }

std::string number_text(double number) {
  const double size = std::abs(number);
  if (size == 0 || (size >= 1e-4 && size < 1e6)) return fmt::format("{:.6g}", number);
  std::string text = fmt::format("{:.3g}", number);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;
  const int power = std::stoi(text.substr(e + 1));
  return text.substr(0, e) + "e" + std::to_string(power);
}

Axis measure_axis(const std::vector<double>& values, double most_ratio, double room) {
  Axis axis;
  if (values.empty()) return axis;
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  axis.log = *least > 0 && *greatest / *least > most_ratio;
  axis.low = axis.place(*least);
  axis.high = axis.place(*greatest);
  add_room(axis, room);
  axis.log ? add_log_ticks(axis) : add_linear_ticks(axis);
  return axis;
}

Axis bar_axis(const std::vector<double>& values) {
  Axis axis;
  axis.high = 0;
  for (const double value : values) {
    axis.low = std::min(axis.low, value);
    axis.high = std::max(axis.high, value);
  }
  if (axis.low == axis.high) axis.high = 1;
  const double room = (axis.high - axis.low) * kRoom;
  axis.high += axis.high > 0 ? room : 0;
  axis.low -= axis.low < 0 ? room : 0;
  add_linear_ticks(axis);
  return axis;
}

double ParameterAxis::place(const std::string& value) const {
  const auto found = std::find(values.begin(), values.end(), value);
  return places.at(static_cast<std::size_t>(found - values.begin()));
}

ParameterAxis parameter_axis(const std::vector<std::string>& values, double width) {
  ParameterAxis parameter;
  parameter.values = values;
  parameter.numeric = std::all_of(values.begin(), values.end(), [](const std::string& value) {
    return std::isfinite(number_of(value));
  });
  for (std::size_t n = 0; n < values.size(); ++n) parameter.places.push_back(double(n));
  if (parameter.numeric) {
    std::sort(parameter.values.begin(), parameter.values.end(),
              [](const auto& a, const auto& b) { return number_of(a) < number_of(b); });
    std::vector<double> numbers, sizes;
    for (const std::string& value : parameter.values) {
      numbers.push_back(number_of(value));
      if (numbers.back() != 0) sizes.push_back(std::abs(numbers.back()));
    }
    const auto [least, greatest] = std::minmax_element(sizes.begin(), sizes.end());
    const bool spans_decades = !sizes.empty() && *greatest / *least >= 8;
    parameter.axis.log = spans_decades && numbers.front() > 0;
    if (!spans_decades || parameter.axis.log) {
      for (std::size_t n = 0; n < numbers.size(); ++n) {
        parameter.places[n] = parameter.axis.place(numbers[n]);
      }
    }
  }
  parameter.axis.low = parameter.places.front();
  parameter.axis.high = parameter.places.back();
  add_room(parameter.axis, kRoom);
  add_value_ticks(parameter, width);
  return parameter;
}

}  // namespace cofi::report
