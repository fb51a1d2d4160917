#include "run/display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

#include "run/text.hpp"

namespace cofi::run {
namespace {

using Clock = std::chrono::steady_clock;

// Seconds between two drawings of the bar, and between two plain lines of the same work.
constexpr double kRedraw = 0.1, kPlainLine = 10;

std::size_t terminal_width() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

Display::Display(int verbosity)
    : verbosity_(verbosity), terminal_(verbosity >= 0 && isatty(STDERR_FILENO) != 0) {}

Display::~Display() { clear_bar(); }

void Display::clear_bar() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

void Display::draw(const std::string& text) {
  std::fputs(("\r" + text.substr(0, terminal_width() - 1) + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void Display::line(const std::string& text) {
  if (verbosity_ < 0) return;
  clear_bar();
  std::fputs((text + "\n").c_str(), stderr);
}

void Display::detail(const std::string& text) {
  if (verbosity_ > 0) line(text);
}

void Display::begin(const std::string& what) {
  what_ = what;
  start_ = last_ = Clock::now();
  if (terminal_) draw(what_);
}

void Display::step(const std::string& unit, std::int64_t done, std::int64_t total,
                   std::int64_t first, const std::string& words) {
  if (verbosity_ < 0) return;
  if (seconds_since(last_) < (terminal_ ? kRedraw : kPlainLine)) return;
  last_ = Clock::now();
  const double seconds = seconds_since(start_);
  const double rate = static_cast<double>(done - first) / std::max(seconds, 1e-9);
  const double left = static_cast<double>(total - done) / std::max(rate, 1e-9);
  const std::string pace =
      done > first ? fmt::format("  {:.3g}/s  {} left", rate, duration_text(left)) : "";
  const std::string tail = words.empty() ? "" : "  " + words;
  if (terminal_) {
    constexpr std::int64_t kCells = 20;
    const auto filled =
        static_cast<std::size_t>(total > 0 ? std::min(kCells, kCells * done / total) : 0);
    draw(fmt::format("{} [{}{}] {} {}/{}{}{}", what_, std::string(filled, '='),
                     std::string(kCells - filled, ' '), unit, done, total, pace, tail));
  } else {
    line(fmt::format("{}: {} {}/{}{}{}", what_, unit, done, total, pace, tail));
  }
}

void Display::end() { clear_bar(); }

}  // namespace cofi::run
