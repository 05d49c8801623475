#pragma once

#include "base/result.h"
#include "text/gotemplate/ast.h"
#include "text/template/chat_template.h"

namespace hearth {

/// Writes a conversation by a Go template, as Ollama does: a template that reads .Messages runs once over all
/// of them; an older one runs once for each turn, with .System, .Prompt and .Response, and ends where the
/// answer begins. Neighbouring messages of one role are joined by an empty line. `error_line`: of the node
/// that failed. Errors: those of the evaluator, kInvalidArgument for what is no conversation.
Result<jinja::OriginString> write_go_conversation(const gotemplate::Program& program, jinja::Runtime& runtime,
                                                  const ChatTemplate::Input& input, uint32_t& error_line);

/// Whether a Go template reads what a Jinja template calls `name`.
bool reads_in_go(const gotemplate::Program& program, std::string_view name);

}  // namespace hearth
