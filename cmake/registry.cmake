# hearth_registry(LAYER FOLDER f PREFIX p TYPE T HEADER h NAMESPACE n): each file x.cpp in src/LAYER/f/ or below it
# defines `T p<x>()` in namespace n. Generates `std::vector<T> all_<f>()`, so that adding a file is all it takes to add an entry.
function(hearth_registry layer)
  cmake_parse_arguments(ARG "" "FOLDER;PREFIX;TYPE;HEADER;NAMESPACE" "" ${ARGN})
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${layer}/${ARG_FOLDER}/*.cpp)
  list(FILTER files EXCLUDE REGEX "_test\\.cpp$")
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    get_filename_component(stem ${file} NAME_WE)
    string(APPEND declarations "${ARG_TYPE} ${ARG_PREFIX}${stem}();\n")
    string(APPEND calls "      ${ARG_PREFIX}${stem}(),\n")
  endforeach()
  set(output ${CMAKE_BINARY_DIR}/generated/${layer}_${ARG_FOLDER}_registry.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include <vector>

#include \"@ARG_HEADER@\"

namespace @ARG_NAMESPACE@ {

@declarations@
std::vector<@ARG_TYPE@> all_@ARG_FOLDER@() {
  return {
@calls@  };
}

}  // namespace @ARG_NAMESPACE@
")
  set_property(GLOBAL APPEND PROPERTY hearth_generated_${layer} ${output})
endfunction()
