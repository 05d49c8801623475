#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/cache/prefix_text.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// What a run of a prompt's tokens stands for.
enum class SegmentKind : uint8_t {
  kTokens,  ///< nothing else: they were given as they are
  kText,
  kImage,
  kAudio,
};

struct PromptSegment {
  SegmentKind kind = SegmentKind::kTokens;
  size_t begin = 0, end = 0;  ///< of the prompt's tokens
  std::string text = {};      ///< kText: what the tokens were encoded from
  ContentHash content{};      ///< of what stands behind placeholder tokens; zero: the tokens say it all
};

/// What a request begins with: tokens, in segments that follow each other. Plain tokens are a prompt as they
/// are.
class Prompt {
 public:
  Prompt() = default;
  Prompt(std::vector<TokenId> tokens);  // NOLINT(google-explicit-constructor): tokens are a prompt

  void append_tokens(std::span<const TokenId> tokens);
  /// A text and what it was encoded to.
  void append_text(std::string text, std::span<const TokenId> tokens);
  /// Something that is no text, named by its content, which is not zero, behind placeholder tokens. With
  /// equal contents it must be given equal numbers of them.
  void append_media(SegmentKind kind, std::span<const TokenId> placeholders, const ContentHash& content);

  const std::vector<TokenId>& tokens() const { return tokens_; }
  std::vector<TokenId> take_tokens() && { return std::move(tokens_); }
  std::span<const PromptSegment> segments() const { return segments_; }
  /// The places of what is no text.
  std::vector<ContentSpan> contents() const;

  size_t size() const { return tokens_.size(); }
  bool empty() const { return tokens_.empty(); }

 private:
  void append(SegmentKind kind, std::span<const TokenId> tokens, std::string text,
              const ContentHash& content);

  std::vector<TokenId> tokens_;
  std::vector<PromptSegment> segments_;
};

}  // namespace hearth
