# cofi_add_plugin(KIND NAME SOURCE...): builds one plugin, <output>/KIND/NAME.so, where <output> is
# COFI_PLUGIN_OUTPUT_DIR or <build>/plugins. It exports its descriptor and its build tag alone.
set(COFI_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

function(cofi_add_plugin kind name)
  set(output ${COFI_PLUGIN_OUTPUT_DIR})
  if(NOT output)
    set(output ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set(target ${kind}_${name})
  add_library(${target} MODULE ${ARGN})
  target_link_libraries(${target} PRIVATE cofi::cofi)
  target_compile_options(${target} PRIVATE ${COFI_CODE_FLAGS})
  target_link_options(${target} PRIVATE -Wl,--version-script=${COFI_PLUGIN_MAP} -Wl,-z,defs)
  set_target_properties(
    ${target}
    PROPERTIES PREFIX ""
               OUTPUT_NAME ${name}
               LIBRARY_OUTPUT_DIRECTORY ${output}/${kind}
               LINK_DEPENDS ${COFI_PLUGIN_MAP}
               CXX_STANDARD 17
               CXX_STANDARD_REQUIRED ON
               CXX_EXTENSIONS OFF
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON)
endfunction()
