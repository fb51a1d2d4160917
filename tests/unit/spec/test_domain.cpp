#include <catch2/catch.hpp>

#include <cmath>

#include "spec/domain.hpp"
#include "spec/parser.hpp"
#include "spec/problems.hpp"

using Catch::Contains;
using cofi::spec::Domain;
using cofi::spec::Node;

namespace {

Node tree(const std::string& text) {
  cofi::spec::Problems problems;
  Node node = cofi::spec::parse(text, "test", problems);
  problems.raise();
  return node;
}

std::string at(const std::string& text, double number) {
  return Domain(tree(text)).at(number).text;
}

}  // namespace

TEST_CASE("What a searched key may be") {
  SECTION("whole numbers, each as likely") {
    CHECK(at("{int: [3, 5]}", 0) == "3");
    CHECK(at("{int: [3, 5]}", 0.33) == "3");
    CHECK(at("{int: [3, 5]}", 0.34) == "4");
    CHECK(at("{int: [3, 5]}", 0.999999) == "5");
    CHECK(at("{int: [3, 5]}", 1) == "5");
  }
  SECTION("numbers with four digits, uniform or by their logarithm") {
    CHECK(at("{real: [-1, 3]}", 0.5) == "1.0");
    CHECK(at("{real: [0, 1]}", 0.123456) == "0.1235");
    CHECK(at("{log: [0.001, 0.1]}", 0.5) == "0.01");
    CHECK(at("{log: [0.001, 0.1]}", 0) == "0.001");
    CHECK(at("{log: [0.001, 0.1]}", 1) == "0.1");
    // A narrow range needs more of them; rounding never leaves it.
    CHECK(at("{real: [0.12345, 0.12346]}", 0) == "0.12345");
    CHECK(at("{real: [0.12345, 0.12346]}", 0.5) == "0.123455");
    CHECK(at("{log: [1e-05, 1]}", 0.1) == "3.162e-05");
  }
  SECTION("values to choose from, with or without the word") {
    for (const char* text : {"[a, b, {use: c}]", "{choice: [a, b, {use: c}]}"}) {
      const Domain domain(tree(text));
      CHECK(domain.choices() == 3);
      CHECK(domain.at(0.3).text == "a");
      CHECK(domain.at(0.5).text == "b");
      CHECK(domain.at(0.99).is_map());
    }
    CHECK(Domain(tree("{int: [1, 2]}")).choices() == 0);
  }
  SECTION("what it cannot be says what it can") {
    const auto mistake = [](const std::string& text) -> std::string {
      try {
        Domain{tree(text)};
        return "";
      } catch (const cofi::Error& error) {
        return error.what();
      }
    };
    CHECK_THAT(mistake("7"),
               Contains("the number 7 is not a list of values") && Contains("{int: "));
    CHECK_THAT(mistake("{itn: [1, 2]}"), Contains("'itn'") && Contains("did you mean 'int'?"));
    CHECK_THAT(mistake("{int: [1]}"), Contains("two ends"));
    CHECK_THAT(mistake("{int: [1, 2.5]}"), Contains("2.5") && Contains("a whole number"));
    CHECK_THAT(mistake("{real: [1, x]}"), Contains("'x'") && Contains("a number"));
    CHECK_THAT(mistake("{real: [2, 1]}"), Contains("low end is not below"));
    CHECK_THAT(mistake("{log: [0, 1]}"), Contains("above 0"));
    CHECK_THAT(mistake("{int: [1, 2], log: [1, 2]}"), Contains("2 keys"));
    CHECK_THAT(mistake("[]"), Contains("empty list"));
  }
}

TEST_CASE("Random search draws a number for each seed, trial and key") {
  using cofi::spec::search_number;
  CHECK(search_number(1, 2, "a.b") == search_number(1, 2, "a.b"));
  CHECK(search_number(1, 2, "a.b") != search_number(1, 2, "a.c"));
  CHECK(search_number(1, 2, "a.b") != search_number(1, 3, "a.b"));
  CHECK(search_number(1, 2, "a.b") != search_number(2, 2, "a.b"));
  double sum = 0;
  for (std::uint64_t trial = 0; trial < 1000; ++trial) {
    const double number = search_number(0, trial, "key");
    CHECK((number >= 0 && number < 1));
    sum += number / 1000;
  }
  CHECK(sum == Approx(0.5).margin(0.03));
}
