// cofi report
#include "report/report.hpp"

#include <iostream>

#include "command.hpp"

namespace cofi::cli {
namespace {

int call_report(const Arguments& arguments) {
  std::cout << report::write_report(arguments.positionals[0]) << "\n";
  return 0;
}

}  // namespace

Command report_command() {
  return {"report",
          "RUN",
          1,
          1,
          "Writes a run's report.html with its tables and pictures, and the pictures alone.",
          {},
          "cofi report runs/quickstart",
          &call_report};
}

}  // namespace cofi::cli
