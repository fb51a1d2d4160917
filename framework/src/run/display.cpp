#include "run/display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

void Display::step(const std::string& unit, double done, double total, double first,
                   const std::string& words) {
  if (verbosity_ < 0) return;
  if (seconds_since(last_) < (terminal_ ? kRedraw : kPlainLine)) return;
  last_ = Clock::now();
  const double rate = (done - first) / std::max(seconds_since(start_), 1e-9);
  const std::string pace =
      rate > 0 ? fmt::format("  {:.3g}/s  {} left", rate, duration_text((total - done) / rate))
               : "";
  const std::string tail = words.empty() ? "" : "  " + words;
  const std::string position = fmt::format("{} {:.0f}/{:.0f}", unit, std::floor(done), total);
  if (terminal_) {
    constexpr double kCells = 20;
    const double part = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0;
    std::string bar(static_cast<std::size_t>(kCells * part), '=');
    bar.resize(static_cast<std::size_t>(kCells), ' ');
    draw(fmt::format("{} [{}] {}{}{}", what_, bar, position, pace, tail));
  } else {
    line(fmt::format("{}: {}{}{}", what_, position, pace, tail));
  }
}

void Display::end() { clear_bar(); }

}  // namespace cofi::run
