#include "grammar/rules/tags/structural_tag.h"

#include <utility>

#include "grammar/rules/rule_set.h"
#include "grammar/rules/tags/tag_reader.h"
#include "grammar/schema/json_document.h"

namespace hearth::grammar {

Result<GrammarPtr> compile_structural_tag(std::string text, const GrammarHooks& hooks, const Limits& limits) {
  if (text.size() > limits.max_source_size) {
    return fail(ErrorCode::kResourceLimit, "the structural tag has {} bytes; the limit is {}", text.size(),
                limits.max_source_size);
  }
  JsonDocument document;
  const JsonId tag = TRY(document.add(std::move(text), limits));
  if (!document.is(tag, JsonKind::kObject)) {
    return fail(ErrorCode::kInvalidArgument, "a structural tag is a JSON object");
  }
  RuleSet rules;
  TagReader reader(document, rules, hooks, limits);
  const auto format = document.find(tag, "format");
  const auto expr = format ? TRY(reader.read(*format, {})) : TRY(reader.read_structures(tag));
  return compile_rules(rules, rules.add_rule("structural tag", expr), limits);
}

}  // namespace hearth::grammar
