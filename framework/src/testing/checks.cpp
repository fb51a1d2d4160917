#include "testing/checks.hpp"

#include <c10/util/Exception.h>

namespace cofi::testing {

std::string describe_current_exception() {
  try {
    throw;
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

bool Checks::run(const std::string& check, const std::function<std::string()>& body) {
  if (watch_.starts) watch_.starts(check);
  Finding finding{check, false, ""};
  try {
    finding.message = body();
    finding.passed = finding.message.empty();
  } catch (...) {
    finding.message = "it threw: " + describe_current_exception();
  }
  if (watch_.ends) watch_.ends(finding);
  findings_.push_back(finding);
  return finding.passed;
}

}  // namespace cofi::testing
