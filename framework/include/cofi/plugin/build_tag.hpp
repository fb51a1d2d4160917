// The text that says what a plugin was built against, found in its bytes before it is loaded.
#pragma once

#include <torch/version.h>

#include <cstddef>

#include "cofi/error.hpp"
#include "cofi/plugin/headers_hash.hpp"  // generated: COFI_HEADERS_HASH

#define COFI_TEXT_OF_(x) #x
#define COFI_TEXT_OF(x) COFI_TEXT_OF_(x)

#if defined(_LIBCPP_VERSION)
#define COFI_STDLIB "libc++"
#else
#define COFI_STDLIB "libstdc++"
#endif
#if defined(__SANITIZE_ADDRESS__)
#define COFI_SANITIZER ";asan"
#elif defined(__SANITIZE_THREAD__)
#define COFI_SANITIZER ";tsan"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COFI_SANITIZER ";asan"
#elif __has_feature(thread_sanitizer)
#define COFI_SANITIZER ";tsan"
#endif
#endif
#ifndef COFI_SANITIZER
#define COFI_SANITIZER ""
#endif
#ifdef _GLIBCXX_DEBUG
#define COFI_DEBUG_STDLIB ";glibcxx_debug"
#else
#define COFI_DEBUG_STDLIB ""
#endif

#define COFI_TAG_MARK "@(#)COFI-PLUGIN "
#define COFI_BUILD_TAG                                                        \
  "headers=" COFI_HEADERS_HASH ";torch=" TORCH_VERSION ";stdlib=" COFI_STDLIB \
  ";cxx11abi=" COFI_TEXT_OF(_GLIBCXX_USE_CXX11_ABI) COFI_SANITIZER COFI_DEBUG_STDLIB

namespace cofi::plugin {

template <std::size_t N>
struct TagText {
  char text[N];
};

// "<mark><tag>\nkind=...\nname=...\nversion=...\nsummary=...\n", so that listing plugins runs none
// of their code.
template <std::size_t A, std::size_t B, std::size_t C, std::size_t D, std::size_t E>
constexpr auto tag_text(const char (&tag)[A], const char (&kind)[B], const char (&name)[C],
                        const char (&version)[D], const char (&summary)[E]) {
  TagText<A + B + C + D + E + sizeof(COFI_TAG_MARK) + 32> out{};
  std::size_t at = 0;
  const auto add = [&](const char* text) {
    for (; *text != 0; ++text) out.text[at++] = *text;
  };
  add(COFI_TAG_MARK), add(tag), add("\nkind="), add(kind), add("\nname="), add(name);
  add("\nversion="), add(version), add("\nsummary="), add(summary), add("\n");
  return out;
}

}  // namespace cofi::plugin
