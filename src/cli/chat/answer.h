#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/chat/interrupt.h"
#include "engine/engine.h"

namespace hearth::cli {

/// An answer that has ended.
struct Answer {
  std::string text;
  GenerateResult result;
};

/// Takes text as it comes.
using TextSink = std::function<void(std::string_view text)>;

/// Runs a request to its end, or to Ctrl-C. Errors: those of `submit`; a failure of the request itself is in
/// the result.
Result<Answer> generate_answer(Engine& engine, GenerateRequest request, InterruptGuard& interrupt,
                               const TextSink& sink);

/// "prompt 38 tokens at 923.0 tok/s, answer 41 tokens at 211.0 tok/s, 0.24 s".
std::string speed_line(const GenerateResult& result);

}  // namespace hearth::cli
