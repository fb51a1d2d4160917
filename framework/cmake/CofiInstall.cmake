# cofi_install(): what `cmake --install` puts where, and how find_package(cofi) finds it.
# The plugins' folder is where the runner looks, <runner>/../lib/cofi/plugins, on every system.
set(COFI_PLUGIN_INSTALL_DIR lib/cofi/plugins)

# The runner finds libcofi beside itself, wherever the prefix is moved to, and LibTorch where it was
# at build time. Plugins need no path: what they link to, the runner has loaded.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

include(CMakePackageConfigHelpers)

function(cofi_install)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cofi)
  set(cmake_dir ${PROJECT_SOURCE_DIR}/framework/cmake)
  set_target_properties(cofi_runner PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(
    TARGETS cofi cofi_runner
    EXPORT cofi
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/framework/include/cofi
                    ${PROJECT_BINARY_DIR}/framework/include/cofi
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(
    EXPORT cofi
    NAMESPACE cofi::
    FILE cofiTargets.cmake
    DESTINATION ${package_dir})
  configure_package_config_file(${cmake_dir}/cofiConfig.cmake.in cofiConfig.cmake
                                INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(cofiConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(
    FILES ${CMAKE_CURRENT_BINARY_DIR}/cofiConfig.cmake
          ${CMAKE_CURRENT_BINARY_DIR}/cofiConfigVersion.cmake ${cmake_dir}/CofiPlugin.cmake
          ${cmake_dir}/CofiTorch.cmake ${cmake_dir}/plugin.map
    DESTINATION ${package_dir})
endfunction()
