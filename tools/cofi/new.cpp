// cofi new
#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "cofi/error.hpp"
#include "cofi/files.hpp"

#include "command.hpp"
#include "plugin/registry.hpp"
#include "templates.hpp"

namespace cofi::cli {
namespace {

namespace fs = std::filesystem;

// A name becomes a file, a CMake target and, in CamelCase, a class.
void check_name(const std::string& name) {
  const bool good = !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == name.npos;
  if (!good) {
    throw Error("a plugin cannot be called '", name,
                "': a name starts with a small letter and has small letters, digits, _ and -");
  }
}

std::string camel_case(const std::string& name) {
  std::string text;
  bool upper = true;
  for (const char letter : name) {
    if (letter == '_' || letter == '-') {
      upper = true;
    } else {
      text += upper ? static_cast<char>(std::toupper(letter)) : letter;
      upper = false;
    }
  }
  return text;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

int call_new(const Arguments& arguments) {
  const std::string& kind = arguments.positionals[0];
  const std::string& name = arguments.positionals[1];
  plugin::Registry::check_kind(kind);
  check_name(name);
  const std::string asked = arguments.text("dir");
  const fs::path folder = asked.empty() ? fs::path(name) : fs::path(asked);
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw Error(folder.string(),
                " is there already; cofi new overwrites nothing: name another "
                "folder with --dir");
  }
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error("cannot make the folder ", folder.string(), ": ", failed.message());
  for (const Template& each : templates()) {
    if (each.kind != kind && !each.kind.empty()) continue;
    std::string file = each.file, text = each.text;
    for (std::string* filled : {&file, &text}) {
      replace_all(*filled, "{{name}}", name);
      replace_all(*filled, "{{kind}}", kind);
      replace_all(*filled, "{{Class}}", camel_case(name));
    }
    write_file((folder / file).string(), text);
    std::cout << (folder / file).string() << "\n";
  }
  return 0;
}

}  // namespace

Command new_command() {
  return {"new",
          "KIND NAME",
          2,
          2,
          "Writes a folder with a plugin that builds, passes its test and is yours to change.",
          {{"dir", "DIR", "The folder to write (default: NAME)."}},
          "cofi new model mine\n"
          "cofi new metric within_half_a_star --dir plugins/within",
          &call_new};
}

}  // namespace cofi::cli
