#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/generation_parameters.h"

namespace hearth::api {

/// Most of `num_keep`, of a prompt's first tokens.
inline constexpr int64_t kDefaultNumKeep = 4;

/// What a request of Ollama's may say in `options`: all that other dialects have beside the messages, by
/// Ollama's names too. Others are left aside with a note, as Ollama leaves them.
ParameterList ollama_option_parameters();

/// Options that other servers' machinery needs; accepted without a note.
bool is_ollama_machine_option(std::string_view name);

/// `options`, `format` and `num_keep` of a body, with the model's own options and Ollama's defaults where it
/// says nothing. Errors: kInvalidArgument naming the member.
struct OllamaOptions {
  GenerationParameters generation;
  size_t num_keep = size_t(kDefaultNumKeep);
};
Result<OllamaOptions> read_ollama_options(const Json& body, const ApiCall& call);

/// A note of a member that is left aside; none beyond a limit. `place`: "options: ", or empty.
void note_unknown(std::string_view place, std::string_view name, std::vector<std::string>& notes);

/// Takes members out of a body that no list has, with a note for each: Ollama's clients send what they like,
/// and Ollama reads what it knows.
std::vector<std::string> leave_aside_unknown(Json& body, const ParameterList& list);

}  // namespace hearth::api
