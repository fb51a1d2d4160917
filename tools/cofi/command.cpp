#include "command.hpp"

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "cofi/error.hpp"

#include "core/suggest.hpp"

namespace cofi::cli {
namespace {

namespace po = boost::program_options;

constexpr char kPositionals[] = "<positionals>";  // no user can type it as an option's name

std::string long_name(const Option& option) { return option.name.substr(0, option.name.find(',')); }

// "-q, --quiet" and "--out DIR", as --help shows them.
std::string shown(const Option& option) {
  std::string text = "--" + long_name(option);
  if (const auto comma = option.name.find(','); comma != option.name.npos) {
    text = "-" + option.name.substr(comma + 1) + ", " + text;
  }
  return option.value.empty() ? text : text + " " + option.value;
}

po::options_description described(const std::vector<Option>& options) {
  po::options_description all;
  for (const Option& option : options) {
    if (option.value.empty()) {
      all.add_options()(option.name.c_str(), "");
    } else {
      all.add_options()(option.name.c_str(), po::value<std::vector<std::string>>());
    }
  }
  return all;
}

}  // namespace

std::string Arguments::text(const std::string& name) const {
  const std::vector<std::string> all = texts(name);
  if (all.size() > 1) {
    throw Error("--", name, " stands twice: '", all[0], "' and '", all[1], "'; give it once");
  }
  return all.empty() ? "" : all[0];
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>{} : found->second;
}

std::string Command::help() const {
  std::string text =
      fmt::format("Usage: cofi {}{}{}{}\n\n{}\n", name, positionals.empty() ? "" : " ", positionals,
                  options.empty() ? "" : " [options]", summary);
  std::size_t width = 0;
  for (const Option& option : options) {
    if (!option.doc.empty()) width = std::max(width, shown(option).size());
  }
  if (width > 0) text += "\nOptions:\n";
  for (const Option& option : options) {
    if (!option.doc.empty())
      text += fmt::format("  {:<{}}  {}\n", shown(option), width, option.doc);
  }
  text += "\nExamples:\n";
  for (std::size_t at = 0; at < examples.size();) {
    const std::size_t end = std::min(examples.find('\n', at), examples.size());
    text += "  " + examples.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}

Arguments Command::parse(const std::vector<std::string>& arguments) const {
  const std::string help_hint = "; see cofi " + name + " --help";
  std::vector<std::string> names;
  for (const Option& option : options) {
    if (!option.doc.empty()) names.push_back("--" + long_name(option));
  }
  Arguments parsed;
  try {
    po::options_description all = described(options);
    all.add_options()(kPositionals, po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add(kPositionals, -1);
    namespace style = po::command_line_style;
    const auto found = po::command_line_parser(arguments)
                           .options(all)
                           .positional(positional)
                           .style(style::unix_style & ~style::allow_guessing)
                           .run();
    for (const auto& option : found.options) {
      if (option.string_key == kPositionals) {
        parsed.positionals.insert(parsed.positionals.end(), option.value.begin(),
                                  option.value.end());
      } else {
        auto& values = parsed.options[option.string_key];
        values.insert(values.end(), option.value.begin(), option.value.end());
      }
    }
  } catch (const po::unknown_option& unknown) {
    throw Error("cofi ", name, " has no option '", unknown.get_option_name(), "'",
                choices(unknown.get_option_name(), names));
  } catch (const po::error& problem) {
    throw Error("cofi ", name, ": ", problem.what(), help_hint);
  }
  if (parsed.positionals.size() < least || parsed.positionals.size() > most) {
    throw Error("cofi ", name, " takes ", positionals.empty() ? "no arguments" : positionals,
                ", and got ", parsed.positionals.empty() ? "nothing" : listed(parsed.positionals),
                help_hint);
  }
  return parsed;
}

Option plugin_path_option() {
  return {"plugin-path", "DIR", "Look for plugins here first (may stand several times)."};
}

Option set_option() {
  return {"set", "PATH=VALUE", "Override one key, as YAML (may stand several times)."};
}

std::vector<Option> process_options() {
  return {{"np", "N", "How many processes work together, all on this machine."},
          {"ranks", "A-B", "The ranks that this machine runs, of several machines' (or one: A)."},
          {"world", "N", "The processes of all machines together."},
          {"master", "HOST:PORT", "Where the machine of rank 0 lets the others join."}};
}

run::ProcessOptions processes_of(const Arguments& arguments) {
  return {arguments.text("np"), arguments.text("ranks"), arguments.text("world"),
          arguments.text("master")};
}

int verbosity_of(const Arguments& arguments) {
  if (arguments.flag("quiet") && arguments.flag("verbose")) {
    throw Error("--quiet and --verbose contradict each other; give one of them");
  }
  return arguments.flag("quiet") ? -1 : arguments.flag("verbose") ? 1 : 0;
}

}  // namespace cofi::cli
