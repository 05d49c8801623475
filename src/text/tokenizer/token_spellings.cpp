#include "text/tokenizer/token_spellings.h"

#include <algorithm>
#include <utility>

#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = DecoderStep::Kind;

constexpr size_t kMaxSize = size_t(4) << 20;     // of one token's text
constexpr size_t kSpareBytes = size_t(1) << 20;  // what all tokens may be longer than in the vocabulary,
constexpr size_t kGrowth = 8;                    // and how many times

/// Of what becomes too large, the rest is left out: the whole will be refused.
void replace_all(std::string& text, std::string_view pattern, std::string_view content) {
  size_t found = pattern.empty() ? std::string::npos : text.find(pattern);
  if (found == std::string::npos) return;
  std::string replaced;
  size_t at = 0;
  while (found != std::string::npos && replaced.size() <= kMaxSize) {
    replaced.append(text, at, found - at).append(content);
    at = found + pattern.size();
    found = text.find(pattern, at);
  }
  text = replaced.append(text, at);
}

void strip_start(std::string& text, std::string_view content, size_t most) {
  for (size_t i = 0; i < most && !content.empty() && text.starts_with(content); ++i)
    text.erase(0, content.size());
}

void strip_end(std::string& text, std::string_view content, size_t most) {
  for (size_t i = 0; i < most && !content.empty() && text.ends_with(content); ++i) {
    text.resize(text.size() - content.size());
  }
}

void clean_up(std::string& text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [pattern, content] : kRules) replace_all(text, pattern, content);
}

/// One token on its way through the steps.
struct Spelling {
  std::string text = {};
  TokenType type = TokenType::kNormal;
  bool first = false;
  bool ends_word = false;

  void apply(const DecoderStep& step) {
    switch (step.kind) {
      case Kind::kByteLevel: {
        if (type == TokenType::kUserDefined) return;  // spelt as it is
        std::string bytes;
        append_alphabet_bytes(bytes, text);
        text = std::move(bytes);
        return;
      }
      case Kind::kByteFallback:
        if (type != TokenType::kByte) return;
        if (const auto byte = parse_byte_token(text)) text.assign(1, char(*byte));
        return;
      case Kind::kReplace:
        replace_all(text, step.pattern, step.content);
        return;
      case Kind::kMetaspace:
        replace_all(text, step.pattern, first && step.start != 0 ? "" : " ");
        return;
      case Kind::kStrip:
        strip_start(text, step.content, step.start);
        strip_end(text, step.content, step.stop);
        return;
      case Kind::kStripText:
        if (first) strip_start(text, step.content, step.start);
        return;
      case Kind::kWordPiece:
        if (first) return;
        if (!step.pattern.empty() && text.starts_with(step.pattern)) {
          text.erase(0, step.pattern.size());
        } else {
          text.insert(0, " ");
        }
        return;
      case Kind::kWordSuffix:
        ends_word = !step.pattern.empty() && text.ends_with(step.pattern);
        if (ends_word) text.resize(text.size() - step.pattern.size());
        return;
      case Kind::kJoinSpaces:
        if (!first) text.insert(0, " ");
        return;
      case Kind::kCtc:
        if (text == step.pattern) text.clear();
        replace_all(text, step.content, " ");
        return;
      case Kind::kCleanup:
        clean_up(text);
        return;
      case Kind::kEscapes:
        text = unescaped_bytes(text);
        return;
    }
  }
};

bool depends_on_place(const DecoderStep& step) {
  return step.kind == Kind::kStripText || step.kind == Kind::kWordPiece || step.kind == Kind::kJoinSpaces ||
         (step.kind == Kind::kMetaspace && step.start != 0);
}

std::unexpected<Error> too_large(TokenId id) {
  return fail_hint(
      ErrorCode::kResourceLimit, "check where the file comes from",
      "the decoder makes the token {}, or those before it, far longer than the vocabulary has them", id);
}

}  // namespace

Result<TokenSpellings> TokenSpellings::create(const Vocab& vocab, const std::vector<DecoderStep>& steps) {
  TokenSpellings made;
  const auto is_of = [](Kind kind) { return [kind](const DecoderStep& step) { return step.kind == kind; }; };
  made.drops_repeats_ = std::ranges::any_of(steps, is_of(Kind::kCtc));
  const bool has_suffix = std::ranges::any_of(steps, is_of(Kind::kWordSuffix));
  const bool by_place = std::ranges::any_of(steps, depends_on_place);
  struct Place {
    size_t begin, size;
  };
  std::vector<Place> within, at_start;
  within.reserve(vocab.size());
  if (has_suffix) made.ends_word_.resize(vocab.size());
  size_t budget = kSpareBytes;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const std::string_view text = vocab.text(id);
    Spelling later{.type = vocab.type(id)}, first{.type = later.type, .first = true};
    if (later.type != TokenType::kControl && later.type != TokenType::kUnknown) {
      later.text = text;
      if (by_place) first.text = text;
      for (const DecoderStep& step : steps) {
        later.apply(step);
        if (by_place) first.apply(step);
      }
      if (has_suffix) made.ends_word_[size_t(id)] = later.ends_word;
    }
    const bool joined = by_place && later.text.ends_with(first.text);
    const size_t size = later.text.size() + (joined ? 0 : first.text.size());
    budget += kGrowth * text.size();
    if (size > budget) return too_large(id);
    budget -= size;
    within.push_back({made.bytes_.size(), later.text.size()});
    made.bytes_.insert(made.bytes_.end(), later.text.begin(), later.text.end());
    if (!by_place) continue;
    if (!joined) made.bytes_.insert(made.bytes_.end(), first.text.begin(), first.text.end());
    at_start.push_back({made.bytes_.size() - first.text.size(), first.text.size()});
  }
  made.bytes_.shrink_to_fit();
  const auto view = [&made](const Place& place) {
    return std::string_view(made.bytes_.data() + place.begin, place.size);
  };
  made.within_.reserve(within.size());
  for (const Place& place : within) made.within_.push_back(view(place));
  for (const Place& place : at_start) made.at_start_.push_back(view(place));
  return made;
}

}  // namespace hearth
