#include <catch2/catch.hpp>

#include "core/suggest.hpp"

TEST_CASE("the word that was meant") {
  using cofi::did_you_mean;
  using cofi::nearest;
  SECTION("one edit is always forgiven: a letter replaced, dropped, added, two swapped") {
    for (const char* typo : {"bies", "bas", "bbias", "bais"}) {
      CHECK(nearest(typo, {"svd", "bias", "two_layer"}) == "bias");
    }
    CHECK(nearest("svv", {"svd"}) == "svd");
  }
  SECTION("more in longer words, and never everything") {
    CHECK(nearest("two_lair", {"two_layer"}) == "two_layer");
    CHECK(nearest("learning", {"two_layer", "epochs"}).empty());
    CHECK(nearest("xyz", {"svd"}).empty());
    CHECK(nearest("", {"svd"}).empty());
    CHECK(nearest("svd", {}).empty());
  }
  SECTION("the nearest of several, the first where they tie") {
    CHECK(nearest("adan", {"adagrad", "adamw", "adam"}) == "adam");
    CHECK(nearest("mxe", {"mse", "mae"}) == "mse");
  }
  SECTION("as messages say it") {
    CHECK(did_you_mean("bais", {"bias"}) == ", did you mean 'bias'?");
    CHECK(did_you_mean("zzz", {"bias"}).empty());
    CHECK(cofi::choices("bais", {"bias", "svd"}) == ", did you mean 'bias'? there are: bias, svd");
    CHECK(cofi::choices("zzz", {"bias", "svd"}) == "; there are: bias, svd");
    CHECK(cofi::listed({"a", "b"}) == "a, b");
    CHECK(cofi::listed({}) == "none");
  }
}
