#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/constrain/model_tokens.h"
#include "engine/sample/token_constraint.h"
#include "text/template/reasoning_format.h"

namespace hearth {

/// Where a completion's thoughts are, which no constraint is for.
struct ReasoningMarks {
  std::string start, end;  ///< as the bytes of tokens (TokenTable), without white space around them
  bool is_open = false;    ///< the prompt ends inside of a thought; else the completion may begin with one
};

/// Those of a completion of this prompt; none where the model does not think.
std::optional<ReasoningMarks> reasoning_marks(const ReasoningFormat& format, std::string_view prompt,
                                              const ModelTokens& tokens);

/// Lets a thought pass, which may not end the turn, with the white space behind it; what follows is for
/// `answer`.
std::unique_ptr<TokenConstraint> after_reasoning(ReasoningMarks marks, grammar::TokenTablePtr table,
                                                 std::unique_ptr<TokenConstraint> answer);

}  // namespace hearth
