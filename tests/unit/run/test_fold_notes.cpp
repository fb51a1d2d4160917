#include <catch2/catch.hpp>

#include "run/fold_notes.hpp"

using cofi::run::Fold;
using cofi::run::FoldNotes;
using Notes = std::vector<std::string>;

namespace {

Fold fold(std::size_t train, std::size_t test) {
  Fold made;
  made.train.users = std::vector<std::int32_t>(train);
  made.test.users = std::vector<std::int32_t>(test);
  return made;
}

}  // namespace

TEST_CASE("What is said of folds is said once") {
  FoldNotes notes;
  CHECK(notes.all("average").empty());
  SECTION("of one fold, with its numbers") {
    Fold one = fold(8000, 2000);
    one.split.notes = {"3 users have too few ratings"};
    one.leaks = {5, 7000};
    notes.add(one, {1, 20, 21});
    CHECK(notes.all("model") ==
          Notes{"3 users have too few ratings",
                "leak: 5 of 2,000 test rows have a user and item that stand in training, too; the "
                "dataset's duplicates can be joined",
                "leak: 7,000 of 8,000 training rows are later than the first test row; "
                "splitter/temporal has none",
                "test: 1 users and 20 items unseen in training (21 of 2,000 rows); cold_start: "
                "model"});
  }
  SECTION("of several, with the least and the most") {
    notes.add(fold(8000, 2000), {0, 20, 21});
    notes.add(fold(8000, 2000), {0, 32, 30});
    CHECK(notes.all("average") ==
          Notes{"test in each of 2 folds: 0 users and 20 to 32 items unseen in training (21 to 30 "
                "of 2,000 rows); cold_start: average"});
  }
  SECTION("what splitters say differently stands with its fold") {
    Fold one = fold(8, 2), two = fold(8, 2);
    one.split.notes = {"a", "b"};
    notes.add(one, {});
    CHECK(notes.all("average") == Notes{"a", "b"});
    two.split.notes = {"c"};
    notes.add(two, {});
    CHECK(notes.all("average") == Notes{"fold 0: a", "fold 0: b", "fold 1: c"});
  }
  SECTION("nothing where there is nothing to say") {
    notes.add(fold(8, 2), {});
    CHECK(notes.all("average").empty());
  }
}
