// What a run shows while it works: a bar on a terminal, plain lines elsewhere; all on stderr.
#pragma once

#include <chrono>
#include <string>

#include "cofi/error.hpp"

namespace cofi::run {

class COFI_API Display {
 public:
  // verbosity: -1 nothing, 0 lines and a bar, 1 also details.
  explicit Display(int verbosity);
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  void line(const std::string& text);
  void detail(const std::string& text);  // at verbosity 1 alone

  // Names what is under way ("[2/8] svd, fold 1"): it leads the bar and the plain lines.
  void begin(const std::string& what);
  // Work done of total since begin ("epoch", 3.5, 20), with a few words ("loss 0.7123"); `first` is
  // what was done before this process took it up, so that rate and time left are of what it did.
  void step(const std::string& unit, double done, double total, double first,
            const std::string& words);
  void end();

 private:
  void draw(const std::string& text);
  void clear_bar();

  int verbosity_;
  bool terminal_, drawn_ = false;
  std::string what_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace cofi::run
