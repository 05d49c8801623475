#include "grammar/rules/token_reference.h"

#include "base/printable.h"

namespace hearth::grammar {
namespace {

constexpr uint32_t kMaxTokenId = 0xFFFFFF;  // what control_token_bytes() holds

}  // namespace

Result<TokenReference> token_with_id(uint32_t id, const GrammarHooks& hooks) {
  if (id > kMaxTokenId) return fail(ErrorCode::kInvalidArgument, "there is no token {}", id);
  if (!hooks.find_token) return TokenReference{.control = TokenId(id), .text = {}};
  const auto token = hooks.find_token(TokenId(id));
  if (!token || (!token->is_control && token->text.empty())) {
    return fail(ErrorCode::kInvalidArgument, "the model has no token {} with a text", id);
  }
  return token->is_control ? TokenReference{.control = TokenId(id), .text = {}}
                           : TokenReference{.control = 0, .text = token->text};
}

Result<TokenReference> read_token_reference(SourceCursor& cursor, const GrammarHooks& hooks) {
  const size_t place = cursor.place();
  cursor.skip();
  if (cursor.take("[")) {
    const uint32_t id = TRY(cursor.number());
    if (!cursor.take("]>")) return cursor.error("a ]> is wanted here");
    auto token = token_with_id(id, hooks);
    if (!token) return cursor.located(token.error().code, place, token.error().message);
    return *token;
  }
  while (cursor.peek() != '>') {
    if (cursor.at_end() || cursor.peek() == '\n') return cursor.error_at(place, "this < has no >");
    cursor.skip();
  }
  cursor.skip();
  const std::string_view spelling = cursor.since(place);
  const auto id = hooks.find_control_token ? hooks.find_control_token(spelling) : std::nullopt;
  if (!id) return cursor.error_at(place, "the model has no control token {}", hearth::quoted(spelling));
  return TokenReference{.control = *id, .text = {}};
}

}  // namespace hearth::grammar
