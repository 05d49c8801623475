#include "text/unicode/scripts.h"

#include <algorithm>
#include <iterator>

namespace hearth {
namespace {

struct ScriptRun {
  uint32_t first, last;
  uint8_t script;
};

#include "text/unicode/script_table.inc"

}  // namespace

Script splitting_script(uint32_t code_point) {
  const ScriptRun* run = std::ranges::lower_bound(kScriptRuns, code_point, {}, &ScriptRun::last);
  return run != std::end(kScriptRuns) && run->first <= code_point ? Script(run->script) : Script::kAny;
}

}  // namespace hearth
