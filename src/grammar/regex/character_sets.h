#pragma once

#include <string_view>

#include "base/result.h"
#include "grammar/code_point_set.h"

namespace hearth::grammar {

// The sets that ECMA-262 gives a short name.
const CodePointSet& digits();            ///< \d
const CodePointSet& word_characters();   ///< \w
const CodePointSet& white_space();       ///< \s
const CodePointSet& line_terminators();  ///< what . leaves out

/// \p{name=value}, or \p{name} where `value` is empty. kInvalidArgument where Unicode has no such property,
/// kUnsupported where we have no table of it.
Result<CodePointSet> unicode_property_set(std::string_view name, std::string_view value);

/// With all that is the same but for case (Simple_Case_Folding, which ECMA-262 compares by under the flags
/// iu).
CodePointSet with_other_cases(const CodePointSet& set);

}  // namespace hearth::grammar
