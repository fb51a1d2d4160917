#include <catch2/catch.hpp>

#include <string>
#include <type_traits>

#include "cofi/error.hpp"

TEST_CASE("an Error is its parts, written one after another") {
  const cofi::Error error("spec.yaml:", 3, ":", 7, ": factors is ", 2.5, ", want an integer");
  CHECK(std::string(error.what()) == "spec.yaml:3:7: factors is 2.5, want an integer");
  STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<cofi::Error>);
}

TEST_CASE("Interrupted is no Error: a stopped run is no mistake") {
  STATIC_REQUIRE_FALSE(std::is_base_of_v<cofi::Error, cofi::Interrupted>);
  CHECK_FALSE(std::string(cofi::Interrupted().what()).empty());
}
