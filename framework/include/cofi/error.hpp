// What goes wrong and can be mended by the user. Bugs are assertions, never Errors.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#define COFI_API __attribute__((visibility("default")))

namespace cofi {

// A mistake that the user can mend: the runner prints what() and exits with 2. The text names the
// place (file:line or plugin), the parameter, the value, and what is allowed. The parts are
// written one after another, as to a stream.
class COFI_API Error : public std::runtime_error {
 public:
  template <class... Parts>
  explicit Error(const Parts&... parts) : std::runtime_error(join(parts...)) {}
  Error(const Error&) = default;
  Error& operator=(const Error&) = default;
  ~Error() override;

 private:
  template <class... Parts>
  static std::string join(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
  }
};

// The run was asked to stop (SIGINT, SIGTERM); state has been saved. The runner exits with 130.
class COFI_API Interrupted : public std::runtime_error {
 public:
  Interrupted();
  Interrupted(const Interrupted&) = default;
  Interrupted& operator=(const Interrupted&) = default;
  ~Interrupted() override;
};

}  // namespace cofi
