# cofi_add_plugin(KIND NAME SOURCE...): builds one plugin, <output>/KIND/NAME.so, as the target
# KIND_NAME. <output> is COFI_PLUGIN_OUTPUT_DIR or <build>/plugins. It exports its descriptor and its
# build tag alone, and is installed where COFI_PLUGIN_INSTALL_DIR says.
function(cofi_add_plugin kind name)
  set(kinds dataset splitter model optimizer metric backend)
  if(NOT kind IN_LIST kinds)
    message(FATAL_ERROR "cofi_add_plugin(${kind} ${name}): a kind is one of ${kinds}")
  endif()
  set(output ${COFI_PLUGIN_OUTPUT_DIR})
  if(NOT output)
    set(output ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  set(target ${kind}_${name})
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE cofi::cofi)
  target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:cofi::cofi,COFI_CODE_FLAGS>)
  target_link_options(${target} PRIVATE $<TARGET_PROPERTY:cofi::cofi,COFI_LINK_FLAGS>
                      -Wl,--version-script=${map} -Wl,-z,defs)
  set_target_properties(
    ${target}
    PROPERTIES PREFIX ""
               OUTPUT_NAME ${name}
               LIBRARY_OUTPUT_DIRECTORY ${output}/${kind}
               LINK_DEPENDS ${map}
               CXX_STANDARD 17
               CXX_STANDARD_REQUIRED ON
               CXX_EXTENSIONS OFF
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON)
  if(COFI_PLUGIN_INSTALL_DIR)
    install(TARGETS ${target} LIBRARY DESTINATION ${COFI_PLUGIN_INSTALL_DIR}/${kind})
  endif()
endfunction()

# cofi_missing_plugin(KIND NAME WHY): leaves a note where the plugin would be, which `cofi list` and
# whoever asks for it get to read.
function(cofi_missing_plugin kind name why)
  set(output ${COFI_PLUGIN_OUTPUT_DIR})
  if(NOT output)
    set(output ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set(note ${output}/${kind}/${name}.missing)
  file(WRITE ${note} "${why}")
  if(COFI_PLUGIN_INSTALL_DIR)
    install(FILES ${note} DESTINATION ${COFI_PLUGIN_INSTALL_DIR}/${kind})
  endif()
endfunction()
