#include "grammar/rules/lark.h"

#include "grammar/rules/lark_reader.h"

namespace hearth::grammar {

Result<GrammarPtr> compile_lark(std::string_view text, const GrammarHooks& hooks, const Limits& limits) {
  if (text.size() > limits.max_source_size) {
    return fail(ErrorCode::kResourceLimit, "the grammar has {} bytes; the limit is {}", text.size(),
                limits.max_source_size);
  }
  return LarkReader(text, hooks, limits).compile();
}

}  // namespace hearth::grammar
