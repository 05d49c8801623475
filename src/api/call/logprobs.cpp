#include "api/call/logprobs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

/// JSON has no infinity; this is what others write for it.
constexpr double kLowestLogprob = -9999.0;

double finite(float logprob) {
  return std::isfinite(logprob) ? std::max(double(logprob), kLowestLogprob) : kLowestLogprob;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Utf8Step step = next_utf8(bytes);
    if (step.code_point == Utf8Step::kBadByte) return false;
    bytes.remove_prefix(step.size);
  }
  return true;
}

size_t num_characters(std::string_view text) {
  return size_t(std::ranges::count_if(text, [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
}

Json chat_token(const Tokenizer& tokenizer, TokenId id, float logprob) {
  Json bytes = Json::array();
  for (const char c : tokenizer.piece(id, true)) bytes.push_back(uint8_t(c));
  return {{"token", token_text(tokenizer, id)}, {"logprob", finite(logprob)}, {"bytes", std::move(bytes)}};
}

}  // namespace

std::string token_text(const Tokenizer& tokenizer, TokenId id) {
  const std::string_view piece = tokenizer.piece(id, true);
  if (is_utf8(piece)) return std::string(piece);
  std::string text = "bytes:";
  for (const char c : piece) text += fmt::format("\\x{:02x}", uint8_t(c));
  return text;
}

Json chat_logprobs(const Tokenizer& tokenizer, std::span<const SampledToken> tokens) {
  Json content = Json::array();
  for (const SampledToken& token : tokens) {
    Json entry = chat_token(tokenizer, token.id, token.logprob);
    Json top = Json::array();
    for (const auto& [id, logprob] : token.top_logprobs) top.push_back(chat_token(tokenizer, id, logprob));
    entry["top_logprobs"] = std::move(top);
    content.push_back(std::move(entry));
  }
  return content;
}

void CompletionLogprobs::add_prompt(std::span<const SampledToken> tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) add_token(tokens[i], i > 0);
}

void CompletionLogprobs::add(std::span<const SampledToken> tokens) {
  for (const SampledToken& token : tokens) add_token(token, true);
}

void CompletionLogprobs::add_token(const SampledToken& token, bool has_logprob) {
  tokens_.push_back(token_text(*tokenizer_, token.id));
  offsets_.push_back(offset_);
  const std::string_view bytes = tokenizer_->token_bytes(token.id);
  offset_ += num_characters(bytes);
  // The space that encoding put in front of the text is no part of the text.
  if (at_start_ && !bytes.empty()) {
    offset_ -= num_characters(bytes) - num_characters(tokenizer_->first_bytes(token.id));
    at_start_ = false;
  }
  if (!has_logprob) {
    logprobs_.push_back(nullptr);
    top_.push_back(nullptr);
    return;
  }
  logprobs_.push_back(finite(token.logprob));
  Json top = Json::object();
  // Tokens may be spelt alike; the likelier one keeps the name.
  for (const auto& [id, logprob] : token.top_logprobs)
    top.emplace(token_text(*tokenizer_, id), finite(logprob));
  top.emplace(token_text(*tokenizer_, token.id), finite(token.logprob));
  top_.push_back(std::move(top));
}

Json CompletionLogprobs::take() {
  Json json = {{"tokens", std::exchange(tokens_, Json::array())},
               {"token_logprobs", std::exchange(logprobs_, Json::array())},
               {"top_logprobs", std::exchange(top_, Json::array())},
               {"text_offset", std::exchange(offsets_, Json::array())}};
  return json;
}

}  // namespace hearth::api
