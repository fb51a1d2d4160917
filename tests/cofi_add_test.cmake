# cofi_add_test(NAME SOURCE... [TORCH_FREE | SKIPS] [PLUGINS KIND/NAME...] [LIBRARIES TARGET...]
#               [TIMEOUT SECONDS])
#
# One test binary, <build>/tests/NAME. Tests run in the project's folder and find the build's
# plugins. TORCH_FREE links the part of the framework that knows no LibTorch (cofi_core): such a test
# starts in milliseconds, and has one CTest entry for each of its TEST_CASEs. Others spend most of a
# second on loading LibTorch and are one entry, but for those some of whose cases SKIPS: these print
# "[skipped] why" and count as skipped. PLUGINS are built before the test.
find_package(Catch2 2.13 REQUIRED)
include(Catch)

add_library(cofi_test_main OBJECT ${CMAKE_CURRENT_LIST_DIR}/support/main.cpp)
target_compile_options(cofi_test_main PRIVATE -O0)

set(COFI_TEST_ENVIRONMENT COFI_PLUGIN_PATH=${COFI_PLUGIN_OUTPUT_DIR})
set(COFI_TESTS_DIR ${CMAKE_CURRENT_LIST_DIR})

function(cofi_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH_FREE;SKIPS" "TIMEOUT" "PLUGINS;LIBRARIES")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/framework/src ${COFI_TESTS_DIR})
  # What a test checks is the library's code; its own need not be fast, but should build fast.
  target_compile_options(${name} PRIVATE -O1)
  target_link_libraries(${name} PRIVATE cofi_test_main cofi_core ${arg_LIBRARIES})
  if(NOT arg_TORCH_FREE)
    target_link_libraries(${name} PRIVATE cofi::cofi)
    target_compile_options(${name} PRIVATE
                           "SHELL:-include ${COFI_TESTS_DIR}/support/catch_with_torch.hpp")
  endif()
  foreach(plugin IN LISTS arg_PLUGINS)
    string(REPLACE "/" "_" target ${plugin})
    add_dependencies(${name} ${target})
  endforeach()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(COFI_SANITIZE)
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")
  endif()
  if(NOT arg_TORCH_FREE AND NOT arg_SKIPS)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${COFI_TEST_ENVIRONMENT}" TIMEOUT
                                                                                    ${arg_TIMEOUT})
    return()
  endif()
  catch_discover_tests(
    ${name}
    TEST_PREFIX "${name}/"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES ENVIRONMENT "${COFI_TEST_ENVIRONMENT}" SKIP_REGULAR_EXPRESSION ".skipped."
               TIMEOUT ${arg_TIMEOUT})
endfunction()
