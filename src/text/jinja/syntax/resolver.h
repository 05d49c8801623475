#pragma once

#include "text/jinja/syntax/ast.h"

namespace hearth::jinja {

/// Decides, as jinja2's compiler does, which frame each variable of a parsed template belongs to: a name that
/// a block sets is the block's own, starting as the outer one; `if` shares its surroundings' variables.
/// Errors: kUnsupported for a filter or test that is unknown where jinja2 would refuse it while compiling.
Status resolve(Program& program);

}  // namespace hearth::jinja
