// Slips of the pen in a spec's keys.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "spec/parser.hpp"
#include "spec/problems.hpp"
#include "spec/tree.hpp"

namespace cofi::test {

// The four slips, each at a place that the word and a seed choose; a slip that changes nothing is
// left out.
inline std::vector<std::string> slips(const std::string& word, std::size_t seed) {
  const std::size_t at = (std::hash<std::string>()(word) + seed) % word.size();
  const char letter = "qzsxe"[seed % 5];
  std::vector<std::string> wrong(4, word);
  wrong[0][at] = letter;
  wrong[1].erase(at, 1);
  wrong[2].insert(at, 1, letter);
  std::swap(wrong[3][at], wrong[3][(at + 1) % word.size() == 0 ? at - 1 : at + 1]);
  std::vector<std::string> different;
  for (std::string& each : wrong) {
    if (each != word) different.push_back(std::move(each));
  }
  return different;
}

struct Damage {
  std::string right, wrong;  // the key, or one key of a swept path
  std::string path;          // the swept path with the right key, or empty
  int line;
  std::string text;  // the file with the slip
};

namespace damage {

// A key of three or more letters where a file has it.
struct Word {
  std::string word;
  int line, column;
  std::string path;
};

// Names of the user's own are no declared keys: those of models and datasets.
inline void collect(const spec::Node& node, const std::string& parent, std::vector<Word>& words) {
  for (const spec::Node& item : node.items) collect(item, "", words);
  for (const spec::Entry& entry : node.entries) {
    if (parent == "grid" || parent == "zip" || parent == "random" || parent == "halving" ||
        parent == "tpe") {
      std::size_t begin = 0;
      for (int key = 0; begin < entry.key.size(); ++key) {
        const std::size_t end = std::min(entry.key.find('.', begin), entry.key.size());
        const std::string word = entry.key.substr(begin, end - begin);
        const bool name = key == 1 && entry.key.compare(0, 7, "models.") == 0;
        if (word.size() >= 3 && !name) {
          words.push_back(
              {word, entry.place.line, entry.place.column + static_cast<int>(begin), entry.key});
        }
        begin = end + 1;
      }
      continue;  // values are no keys
    }
    const bool name = parent == "models" || parent == "datasets";
    if (!name && entry.key.size() >= 3) {
      words.push_back({entry.key, entry.place.line, entry.place.column, ""});
    }
    collect(entry.value, name ? "" : entry.key, words);
  }
}

}  // namespace damage

// The file with each of its declared keys damaged in each way, one at a time.
inline std::vector<Damage> damages(const std::string& text, const std::string& name) {
  spec::Problems problems;
  std::vector<damage::Word> words;
  damage::collect(spec::parse(text, name, problems), "", words);
  std::vector<std::size_t> lines = {0};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') lines.push_back(at + 1);
  }
  std::vector<Damage> all;
  for (const damage::Word& word : words) {
    const std::size_t at =
        lines[static_cast<std::size_t>(word.line - 1)] + static_cast<std::size_t>(word.column - 1);
    for (const std::string& wrong : slips(word.word, all.size())) {
      Damage each{word.word, wrong, word.path, word.line, text};
      each.text.replace(at, word.word.size(), wrong);
      all.push_back(std::move(each));
    }
  }
  return all;
}

}  // namespace cofi::test
