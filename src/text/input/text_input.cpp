#include "text/input/text_input.h"

#include <algorithm>
#include <span>

namespace hearth {
namespace {

constexpr Tokenizer::EncodeOptions kPlain = {.add_special = false, .parse_special = false};

Status check_room(size_t max_tokens, size_t num_frame) {
  if (max_tokens > num_frame) return {};
  return fail_hint(ErrorCode::kInvalidArgument, "leave room for more",
                   "{} tokens have no room for a text beside the {} that stand around it", max_tokens,
                   num_frame);
}

}  // namespace

std::pair<size_t, size_t> cut_longest_first(size_t first, size_t second, size_t room) {
  if (first <= room && second <= room - first) return {first, second};
  const size_t shorter = std::min(first, second);
  const size_t kept = std::min(shorter, room / 2);
  // Of an odd room the longer text has the odd token, of texts alike the second.
  const size_t rest = std::min(std::max(first, second), room - kept);
  return first > second ? std::pair(rest, kept) : std::pair(kept, rest);
}

Result<TextInput> encode_text(const Tokenizer& tokenizer, std::string_view text, size_t max_tokens,
                              const std::stop_token& stop) {
  const size_t num_frame = tokenizer.num_frame_tokens();
  TRY(check_room(max_tokens, num_frame));
  std::vector<TokenId> ids = TRY(tokenizer.encode(text, kPlain, stop));
  TextInput input;
  input.num_whole = ids.size() + num_frame;
  ids.resize(std::min(ids.size(), max_tokens - num_frame));
  input.ids = tokenizer.frame(std::move(ids));
  return input;
}

Result<TextInput> encode_pair(const Tokenizer& tokenizer, std::string_view first, std::string_view second,
                              size_t max_tokens, const std::stop_token& stop) {
  const PairFrame* frame = tokenizer.pair_frame();
  if (frame == nullptr) {
    return fail_hint(ErrorCode::kUnsupported, "use a model whose tokenizer has a form for pairs",
                     "the model's tokenizer does not say how two texts are put together");
  }
  TRY(check_room(max_tokens, frame->num_tokens()));
  const std::vector<TokenId> a = TRY(tokenizer.encode(first, kPlain, stop));
  const std::vector<TokenId> b = TRY(tokenizer.encode(second, kPlain, stop));
  const auto [num_a, num_b] = cut_longest_first(a.size(), b.size(), max_tokens - frame->num_tokens());
  TextInput input;
  input.num_whole = a.size() + b.size() + frame->num_tokens();
  const auto add = [&](TokenId id, int32_t type) {
    input.ids.push_back(id);
    input.types.push_back(type);
  };
  for (const FrameToken& token : frame->prefix) add(token.id, token.type);
  for (const TokenId id : std::span(a).first(num_a)) add(id, frame->first_type);
  for (const FrameToken& token : frame->middle) add(token.id, token.type);
  for (const TokenId id : std::span(b).first(num_b)) add(id, frame->second_type);
  for (const FrameToken& token : frame->suffix) add(token.id, token.type);
  return input;
}

}  // namespace hearth
