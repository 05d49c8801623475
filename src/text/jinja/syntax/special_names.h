#pragma once

#include "text/jinja/syntax/ast.h"

namespace hearth::jinja {

/// Which of a macro's special variables its body reads.
struct SpecialNames {
  bool caller = false, kwargs = false, varargs = false;
};

/// As jinja2 finds them: in the order of the source, a name that was assigned before is an ordinary one.
/// Macros inside count too.
SpecialNames find_special_names(const Body& body);

}  // namespace hearth::jinja
