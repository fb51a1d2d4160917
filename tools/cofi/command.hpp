// What a subcommand of the runner is: its options as data, and the function that does it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "run/commands.hpp"

namespace cofi::cli {

struct Option {
  std::string name;   // "out"; with a letter "quiet,q"
  std::string value;  // what --help calls its value; empty: a flag
  std::string doc;    // one line; empty: not shown by --help
};

// A parsed command line.
struct Arguments {
  std::vector<std::string> positionals;
  std::map<std::string, std::vector<std::string>> options;  // by name, each time it was given

  bool flag(const std::string& name) const { return options.count(name) != 0; }
  // The value, or "" where the option was not given; an Error where it was given twice.
  std::string text(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
};

struct Command {
  std::string name;
  std::string positionals;  // "SPEC", "[KIND]", "KIND NAME"
  std::size_t least, most;  // how many of them
  std::string summary;      // one line
  std::vector<Option> options;
  std::string examples;  // one a line, without indentation
  int (*call)(const Arguments& arguments);

  // What --help prints.
  std::string help() const;
  // An Error names what is wrong and the nearest right option.
  Arguments parse(const std::vector<std::string>& arguments) const;
};

// One file each.
Command run_command();
Command check_command();
Command list_command();
Command describe_command();
Command schema_command();
Command new_command();
Command check_plugin_command();
Command comm_command();
Command export_command();
Command evaluate_command();
Command compare_command();
Command replay_command();
Command report_command();
Command predict_command();
Command recommend_command();
Command similar_command();

// Calls the command that the words name, or prints help or the version; returns the exit code. An
// Error says what is wrong with the words.
int dispatch(const std::vector<std::string>& words);

std::string version_text();

// Options that several commands have.
Option plugin_path_option();
Option set_option();

// --np, --ranks, --world and --master.
std::vector<Option> process_options();
run::ProcessOptions processes_of(const Arguments& arguments);

// -1 of --quiet, 1 of --verbose, else 0; an Error where both are given.
int verbosity_of(const Arguments& arguments);

}  // namespace cofi::cli
