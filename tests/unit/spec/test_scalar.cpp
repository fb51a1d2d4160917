#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <string>

#include "spec/scalar.hpp"

using cofi::spec::Scalar;

namespace {

Scalar plain(const std::string& text) {
  return cofi::spec::read_scalar(cofi::spec::scalar_node(text, {}, false));
}

}  // namespace

TEST_CASE("Plain scalars mean what YAML 1.2's core schema says, in decimal") {
  CHECK(plain("true") == Scalar(true));
  CHECK(plain("FALSE") == Scalar(false));
  for (const char* text : {"yes", "no", "on", "off", "y", "tRUE", "0x10", "0o10", "1_000", "1:30",
                           "1e", "e3", ".", "-", "+", "1.5.2", "--1", "", "2001-01-01"}) {
    CHECK(plain(text) == Scalar(std::string(text)));
  }
  CHECK(plain("12") == Scalar(std::int64_t{12}));
  CHECK(plain("-12") == Scalar(std::int64_t{-12}));
  CHECK(plain("+12") == Scalar(std::int64_t{12}));
  CHECK(plain("010") == Scalar(std::int64_t{10}));  // YAML 1.1 reads 8
  CHECK(plain("9223372036854775807") == Scalar(INT64_MAX));
  CHECK(plain("-9223372036854775808") == Scalar(INT64_MIN));
  CHECK(plain("9223372036854775808") == Scalar(9223372036854775808.0));
  CHECK(plain("1.5") == Scalar(1.5));
  CHECK(plain("-.5") == Scalar(-0.5));
  CHECK(plain("+2.") == Scalar(2.0));
  CHECK(plain("1e-3") == Scalar(0.001));
  CHECK(plain("1E+3") == Scalar(1000.0));
  CHECK(plain("1e-999") == Scalar(0.0));
  CHECK(plain("1e999") == Scalar(HUGE_VAL));
  CHECK(plain("-1e999") == Scalar(-HUGE_VAL));
  CHECK(plain(".inf") == Scalar(HUGE_VAL));
  CHECK(plain("-.INF") == Scalar(-HUGE_VAL));
  CHECK(std::isnan(std::get<double>(plain(".nan"))));
}

TEST_CASE("Quoted scalars are strings") {
  for (const char* text : {"1", "true", "null", "", "1.5"}) {
    CHECK(cofi::spec::read_scalar(cofi::spec::scalar_node(text, {}, true)) ==
          Scalar(std::string(text)));
  }
}

TEST_CASE("Values are written so that they are read again") {
  for (const double value : {0.1, 1.0, -0.0, 1e-5, 1e300, 123456789.0, 0.00028, 5e-324}) {
    const std::string text = cofi::spec::write_real(value);
    INFO(text);
    CHECK(plain(text) == Scalar(value));
    CHECK(std::holds_alternative<double>(plain(text)));
  }
  CHECK(cofi::spec::write_real(1) == "1.0");
  CHECK(cofi::spec::write_scalar(std::int64_t{-3}) == "-3");
  CHECK(cofi::spec::write_scalar(true) == "true");
  CHECK(cofi::spec::write_scalar(std::string("a b")) == "a b");

  for (const char* text : {"rmse", "ml-100k", "a/b.csv", "../x", "1a", "u.data", "~x"}) {
    INFO(text);
    CHECK(cofi::spec::is_plain_string(text) == (text[0] != '~'));
  }
  for (const char* text : {"", "1", "1.5", "true", "null", "-a", "a: b", "a b", "#x", "...", "---",
                           "<<", "${x}", ".inf", "é"}) {
    INFO(text);
    CHECK_FALSE(cofi::spec::is_plain_string(text));
  }
}
