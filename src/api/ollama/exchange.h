#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "api/call/choices.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/generation_parameters.h"
#include "api/tools/chat_tools.h"

namespace hearth::api {

/// "2026-01-02T03:04:05.678901234Z".
std::string ollama_time(std::chrono::system_clock::time_point time);

/// A request of Ollama's that runs the model, read and checked.
struct OllamaCall {
  enum class Kind : uint8_t {
    kChat,      ///< what is said stands in `message`
    kGenerate,  ///< in `response`
  };

  Kind kind = Kind::kChat;
  std::string model;  ///< as the request named it
  const Tokenizer* tokenizer = nullptr;
  GenerationParameters parameters;
  Prompt prompt;
  CompletionReading reading;
  Choices::Check check = {};  ///< of a completion that has ended
  std::chrono::nanoseconds load_time{};
  bool logprobs = false;
  bool returns_context = false;   ///< the tokens of prompt and completion
  size_t num_dropped_tokens = 0;  ///< of the prompt, which was truncated
};

std::unique_ptr<Exchange> make_ollama_exchange(OllamaCall call);

/// Of a request that runs nothing: the model was loaded ("load") or is to be unloaded ("unload").
Json ollama_idle_body(OllamaCall::Kind kind, std::string_view model, std::string_view done_reason);

}  // namespace hearth::api
