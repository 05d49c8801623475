# Headers that nearly every file of a group includes, compiled once for the group. Files still include what they use:
# the presets `lint` and `gcc` build without this.
set(HEARTH_STD_HEADERS <algorithm> <array> <chrono> <cmath> <cstdint> <cstring> <deque> <expected> <filesystem> <functional>
    <limits> <map> <memory> <mutex> <optional> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h>)

# Programs compile with the libraries' options, so that they can share.
set(CMAKE_CXX_COMPILE_OPTIONS_PIE ${CMAKE_CXX_COMPILE_OPTIONS_PIC})

# hearth_precompile(TARGET GROUP HEADERS...): the first target of a GROUP compiles HEADERS, later ones share what it made.
function(hearth_precompile target group)
  get_property(owner GLOBAL PROPERTY hearth_precompiled_${group})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${HEARTH_STD_HEADERS} ${ARGN})
    set_property(GLOBAL PROPERTY hearth_precompiled_${group} ${target})
  endif()
endfunction()
