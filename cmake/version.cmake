# Writes OUTPUT, a source file that defines hearth::cli::version(), and touches it only where the version changed, so that
# a new commit compiles one small file. Run by the build: cmake -DOUTPUT= -DVERSION= -DSOURCE_DIR= -P version.cmake
execute_process(
  COMMAND git describe --always --dirty=-dirty --abbrev=12 --exclude=*
  WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(version ${VERSION})
if(commit)
  string(APPEND version " (${commit})")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "cli/version.h"

namespace hearth::cli {

std::string_view version() { return "@version@"; }

}  // namespace hearth::cli
]])
