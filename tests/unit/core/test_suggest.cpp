#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "core/suggest.hpp"
#include "spec/grammar.hpp"

using cofi::edit_distance;
using cofi::nearest;

namespace {

using Names = std::vector<std::string>;

// Every word that is one slip from a word.
Names all_slips(const std::string& word) {
  Names wrong;
  const std::string letters = "abcdefghijklmnopqrstuvwxyz_";
  for (std::size_t at = 0; at <= word.size(); ++at) {
    for (const char letter : letters) {
      wrong.push_back(word.substr(0, at) + letter + word.substr(at));
      if (at < word.size()) wrong.push_back(word.substr(0, at) + letter + word.substr(at + 1));
    }
    if (at < word.size()) wrong.push_back(word.substr(0, at) + word.substr(at + 1));
    if (at + 1 < word.size()) {
      wrong.push_back(word);
      std::swap(wrong.back()[at], wrong.back()[at + 1]);
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("The distance counts letters to insert, delete, replace or swap") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("factors", "factors") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("facors", "factors") == 1);
  CHECK(edit_distance("factorss", "factors") == 1);
  CHECK(edit_distance("faktors", "factors") == 1);
  CHECK(edit_distance("fcators", "factors") == 1);
  CHECK(edit_distance("ca", "abc") == 3);  // unrestricted it would be 2
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("Only near names are suggested, all of the nearest") {
  CHECK(nearest("factrs", {"factors", "init", "factor"}) == Names{"factors"});
  CHECK(nearest("xyz", {"factors", "init"}).empty());
  CHECK(nearest("ab", {"ac", "b", "xyz"}) == Names{"ac", "b"});
  CHECK(nearest("lazyness", {"lazy"}).empty());
  CHECK(nearest("weightdecay", {"weight_decay", "lr"}) == Names{"weight_decay"});
  CHECK(nearest(std::string(1000, 'a'), {std::string(999, 'a')}).empty());
  CHECK(cofi::did_you_mean("bais", {"bias", "bars"}) == ", did you mean 'bias' or 'bars'?");
  CHECK(cofi::did_you_mean("zzz", {"bias"}).empty());
  CHECK(nearest("", {"svd"}).empty());
  CHECK(nearest("svd", {}).empty());
}

TEST_CASE("Messages say what there is") {
  CHECK(cofi::choices("bais", {"bias", "svd"}) == ", did you mean 'bias'? there are: bias, svd");
  CHECK(cofi::choices("zzz", {"bias", "svd"}) == "; there are: bias, svd");
  CHECK(cofi::listed({"a", "b"}) == "a, b");
  CHECK(cofi::listed({}) == "none");
}

TEST_CASE("Every slip in a key of the language leads back to it") {
  using cofi::spec::Block;
  const Block* const blocks[] = {
      &cofi::spec::top_block(),      &cofi::spec::train_block(),
      &cofi::spec::evaluate_block(), &cofi::spec::launch_block(),
      &cofi::spec::sweep_block(),    cofi::spec::train_block().find("early_stopping")->block};
  for (const Block* block : blocks) {
    const Names names = block->names();
    for (const std::string& name : names) {
      if (name.size() < 3) continue;
      for (const std::string& wrong : all_slips(name)) {
        if (block->find(wrong) != nullptr) continue;  // another key, rightly written
        const Names found = nearest(wrong, names);
        INFO(block->name << ": " << name << " as " << wrong);
        CHECK(std::find(found.begin(), found.end(), name) != found.end());
      }
    }
  }
}
