#pragma once

#include "base/result.h"
#include "grammar/rules/grammar_hooks.h"
#include "grammar/rules/rule_set.h"
#include "grammar/schema/json_document.h"

namespace hearth::grammar {

/// The arguments of a call as Qwen's models of 2025 write them: `<parameter=NAME>VALUE</parameter>` for each
/// property of the schema in its order, those left out that are not required. Strings stand as they are,
/// other values as JSON. Errors: kUnsupported, naming the keyword, where the schema says more of a string
/// than which ones it may be, or of the object than its properties.
Result<RuleSet::ExprId> qwen_xml_parameters(const JsonDocument& document, JsonId schema, RuleSet& rules,
                                            const GrammarHooks& hooks);

}  // namespace hearth::grammar
