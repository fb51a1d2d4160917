# LibTorch as the target cofi::torch: Debian's, or another one through CMAKE_PREFIX_PATH.
# Debian's TorchConfig.cmake does not list glog, which its headers need.
find_package(Torch REQUIRED)
# A project around this one (add_subdirectory) links to them, too.
get_property(imported DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS imported)
  set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
endforeach()
if(NOT TARGET cofi::torch)
  add_library(cofi_torch INTERFACE IMPORTED GLOBAL)
  add_library(cofi::torch ALIAS cofi_torch)
  target_link_libraries(cofi_torch INTERFACE ${TORCH_LIBRARIES})
  target_include_directories(cofi_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  # Which of libstdc++'s two ABIs this LibTorch was built with.
  separate_arguments(COFI_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(cofi_torch INTERFACE ${COFI_TORCH_FLAGS})
  # A header an operator: without it ATen's read the declarations of all two thousand.
  target_compile_definitions(cofi_torch INTERFACE AT_PER_OPERATOR_HEADERS)
  find_library(COFI_GLOG glog)
  if(COFI_GLOG)
    target_link_libraries(cofi_torch INTERFACE ${COFI_GLOG})
  endif()
endif()
