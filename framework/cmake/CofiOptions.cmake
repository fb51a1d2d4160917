# How everything in this project is compiled: C++17, warnings as errors, x86-64-v3 (or this
# machine's own), ccache where it is present, sanitizers on request.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
# Of the asan and tsan presets: assertions, and line numbers for their reports.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")

find_program(COFI_CCACHE ccache)
if(COFI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${COFI_CCACHE})
endif()

# Flags that plugins built elsewhere need too (see CofiPlugin.cmake). Floating-point expressions are
# not contracted, so that a kernel's bits depend on its source and not on what a compiler fuses;
# nobody reads errno, and without it square roots vectorise.
set(COFI_CODE_FLAGS -ffp-contract=off -fno-math-errno)
if(COFI_NATIVE)
  list(APPEND COFI_CODE_FLAGS -march=native)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND COFI_CODE_FLAGS -march=x86-64-v3)
endif()
if(COFI_SANITIZE STREQUAL "asan")
  list(APPEND COFI_CODE_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined
       -fno-omit-frame-pointer)
  set(COFI_LINK_FLAGS -fsanitize=address,undefined)
elseif(COFI_SANITIZE STREQUAL "tsan")
  list(APPEND COFI_CODE_FLAGS -fsanitize=thread)
  set(COFI_LINK_FLAGS -fsanitize=thread)
  # Boost.Asio has fences, which ThreadSanitizer does not see; what it tells because of them is false.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
elseif(COFI_SANITIZE)
  message(FATAL_ERROR "COFI_SANITIZE=${COFI_SANITIZE}: use asan, tsan or nothing")
endif()
add_compile_options(${COFI_CODE_FLAGS} -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                    -Woverloaded-virtual)
if(COFI_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized) # false in std::regex once it is instrumented
endif()
if(COFI_WERROR)
  add_compile_options(-Werror)
endif()
add_link_options(${COFI_LINK_FLAGS} -Wl,-z,defs)
