#include "engine/constrain/mark_tokens.h"

#include <algorithm>

namespace hearth {
namespace {

std::vector<TokenId> encode(const std::string& text, const ModelTokens& tokens) {
  const auto ids = tokens.tokenizer->encode(text, {.add_special = false, .parse_special = true});
  return ids ? *ids : std::vector<TokenId>();
}

std::string bytes_of(const std::vector<TokenId>& ids, const ModelTokens& tokens) {
  std::string bytes;
  for (const TokenId id : ids) bytes += tokens.table->bytes(id);
  return bytes;
}

}  // namespace

std::vector<TokenId> mark_tokens(std::string_view mark, const ModelTokens& tokens) {
  const std::string text(mark);
  std::vector<TokenId> ids = encode(text, tokens);
  // Some vocabularies put a space in front of a text; behind a line end they do not.
  if (!bytes_of(ids, tokens).starts_with(' ') || text.starts_with(' ')) return ids;
  const std::vector<TokenId> line = encode("\n", tokens), behind = encode("\n" + text, tokens);
  const auto [at, end] = std::ranges::mismatch(line, behind);
  if (at == line.end()) ids.assign(end, behind.end());
  return ids;
}

std::string mark_bytes(std::string_view mark, const ModelTokens& tokens) {
  const std::vector<TokenId> ids = encode(std::string(mark), tokens);
  const auto is_control = [&](TokenId id) { return tokens.tokenizer->is_control(id); };
  return std::ranges::any_of(ids, is_control) ? bytes_of(ids, tokens) : std::string(mark);
}

}  // namespace hearth
