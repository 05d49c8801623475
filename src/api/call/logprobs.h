#pragma once

#include <span>
#include <string>

#include "api/call/json.h"
#include "engine/sample/sampler.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::api {

/// A token as APIs spell it: its text, control tokens included; "bytes:\xe2\x80" where it is not whole UTF-8.
std::string token_text(const Tokenizer& tokenizer, TokenId id);

/// The "content" of a chat's logprobs: [{"token", "logprob", "bytes", "top_logprobs": [...]}].
Json chat_logprobs(const Tokenizer& tokenizer, std::span<const SampledToken> tokens);

/// Writes the logprobs of /v1/completions: {"tokens", "token_logprobs", "top_logprobs", "text_offset"}. Text
/// offsets continue from call to call. Keeps a reference to the tokenizer.
class CompletionLogprobs {
 public:
  explicit CompletionLogprobs(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  /// The first token of a prompt has no logprob: null.
  void add_prompt(std::span<const SampledToken> tokens);
  void add(std::span<const SampledToken> tokens);
  /// What was added since the last call.
  Json take();

 private:
  void add_token(const SampledToken& token, bool has_logprob);

  const Tokenizer* tokenizer_;
  size_t offset_ = 0;
  bool at_start_ = true;
  Json tokens_ = Json::array(), logprobs_ = Json::array(), top_ = Json::array(), offsets_ = Json::array();
};

}  // namespace hearth::api
