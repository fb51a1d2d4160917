// What COFI_PLUGIN and cofi_add_plugin make of a source, seen by binutils.
#include <catch2/catch.hpp>

#include <string>

#include "support/runner.hpp"
#include "unit/plugin/bad_plugins.hpp"

TEST_CASE("a plugin exports two symbols and runs nothing when it is loaded") {
  using cofi::test::shell;
  const std::string file = cofi::test::bad_plugin("parameters");
  SECTION("its descriptor and its tag, and nothing else") {
    const auto symbols = shell("nm -D --defined-only --format=just-symbols '" + file + "' | sort");
    CHECK(symbols.out == "cofi_build_tag\ncofi_plugin_entry\n");
  }
  SECTION("every plugin of the build as well") {
    const auto others = shell(
        "for so in '" + cofi::test::bad_plugins() +
        "/../../lib/cofi/plugins'/*/*.so; do test -e \"$so\" || continue; "
        "nm -D --defined-only --format=just-symbols \"$so\"; done | sort -u | grep -v '^cofi_'");
    CHECK(others.out.empty());
  }
  SECTION("no constructor besides the compiler's own frame_dummy") {
    const auto arrays = shell("readelf --wide --section-headers '" + file +
                              "' | sed -n 's/.*\\.init_array *INIT_ARRAY *[0-9a-f]* *[0-9a-f]* "
                              "*\\([0-9a-f]*\\).*/\\1/p'");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    CHECK_THAT(arrays.out, Catch::Matches("0000(08|10)\n"));  // and the sanitizer's own
#else
    CHECK(arrays.out == "000008\n");
#endif
  }
}
