#include <catch2/catch.hpp>

#include <vector>

#include "cofi/archive.hpp"
#include "cofi/clipping.hpp"
#include "cofi/model.hpp"

using cofi::Clipping;

TEST_CASE("Clipping") {
  Clipping clip(true);
  clip.take({1, 5});
  CHECK(clip(0.5F) == 1);
  CHECK(clip(5.5) == 5);
  CHECK(clip(3.25) == 3.25);
  std::vector<float> values = {0, 2, 9};
  clip.all(values.data(), 2);
  CHECK(values == std::vector<float>{1, 2, 9});

  cofi::Explanation why;
  why.add("mean", 3.5);
  why.add("user bias", 2);
  clip.explain(why);
  REQUIRE(why.terms.size() == 3);
  CHECK(why.terms[2].name == "clipping");
  CHECK(why.sum() == 5);

  cofi::Archive archive;
  clip.state(archive);
  cofi::Archive saved = archive.reopened();
  Clipping other(true);
  other.state(saved);
  CHECK(other(7.0) == 5);

  Clipping off(false);
  off.take({1, 5});
  CHECK(off(7.0) == 7);
  off.explain(why);
  CHECK(why.terms.size() == 3);
}
