#include "engine/schedule/prompt.h"

#include "base/check.h"

namespace hearth {

Prompt::Prompt(std::vector<TokenId> tokens) : tokens_(std::move(tokens)) {
  if (!tokens_.empty()) segments_.push_back({.begin = 0, .end = tokens_.size()});
}

void Prompt::append_tokens(std::span<const TokenId> tokens) { append(SegmentKind::kTokens, tokens, {}, {}); }

void Prompt::append_text(std::string text, std::span<const TokenId> tokens) {
  append(SegmentKind::kText, tokens, std::move(text), {});
}

void Prompt::append_media(SegmentKind kind, std::span<const TokenId> placeholders,
                          const ContentHash& content) {
  CHECK((kind == SegmentKind::kImage || kind == SegmentKind::kAudio) && content != ContentHash{});
  append(kind, placeholders, {}, content);
}

void Prompt::append(SegmentKind kind, std::span<const TokenId> tokens, std::string text,
                    const ContentHash& content) {
  if (tokens.empty()) return;
  const size_t begin = tokens_.size();
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  segments_.push_back(
      {.kind = kind, .begin = begin, .end = tokens_.size(), .text = std::move(text), .content = content});
}

std::vector<ContentSpan> Prompt::contents() const {
  std::vector<ContentSpan> contents;
  for (const PromptSegment& segment : segments_) {
    if (segment.content == ContentHash{}) continue;
    contents.push_back(
        {.begin = int64_t(segment.begin), .end = int64_t(segment.end), .hash = segment.content});
  }
  return contents;
}

}  // namespace hearth
