#include "grammar/mask/forced_tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "grammar/control_token.h"

namespace hearth::grammar {
namespace {

constexpr size_t kMaxContext = 128;    ///< bytes of what is written that decide about the cut
constexpr size_t kMaxTokenSize = 256;  ///< longer tokens are not waited for

/// What may follow: a kind of text each, as pre-tokenizers tell them apart.
constexpr std::array<std::string_view, 10> kNext = {"a",  "S",  "0", " ",  " a",
                                                    "\n", "\"", ",", "'s", "\xC3\xA9"};

size_t size_of(const TokenTable& table, std::span<const TokenId> ids) {
  size_t size = 0;
  for (const TokenId id : ids) size += table.bytes(id).size();
  return size;
}

}  // namespace

ForcedTokens::ForcedTokens(const Tokenizer& tokenizer, TokenTablePtr table)
    : tokenizer_(&tokenizer), table_(std::move(table)) {
  const std::vector<TokenId> probe = encode("a");
  if (size_of(*table_, probe) > 1) anchor_ = "\n";
}

std::vector<TokenId> ForcedTokens::encode(std::string_view text) const {
  auto ids = tokenizer_->encode(anchor_ + std::string(text), {.add_special = false, .parse_special = false});
  return ids ? std::move(*ids) : std::vector<TokenId>();
}

std::vector<TokenId> ForcedTokens::find(std::span<const TokenId> written,
                                        std::span<const uint8_t> forced) const {
  std::string context;
  for (const TokenId id : written) {
    if (tokenizer_->is_control(id))
      context.clear();
    else
      context += table_->bytes(id);
    if (context.size() > 2 * kMaxContext) context.erase(0, context.size() - kMaxContext);
  }
  const std::string_view all(reinterpret_cast<const char*>(forced.data()), forced.size());
  std::vector<TokenId> found;
  for (size_t at = 0; at < all.size();) {
    const size_t control = std::min(all.find(char(kControlTokenByte), at), all.size());
    const std::string_view text = all.substr(at, control - at);
    const std::vector<TokenId> ids = find_text(context, text, control < all.size());
    found.insert(found.end(), ids.begin(), ids.end());
    const bool is_covered = size_of(*table_, ids) == text.size();
    if (!is_covered || control + control_token_bytes(0).size() > all.size()) break;
    found.push_back(TokenId(uint8_t(all[control + 1])) << 16 | TokenId(uint8_t(all[control + 2])) << 8 |
                    TokenId(uint8_t(all[control + 3])));
    at = control + control_token_bytes(0).size();
    context.clear();
  }
  return found;
}

std::vector<TokenId> ForcedTokens::find_text(std::string_view context, std::string_view text,
                                             bool is_whole) const {
  if (text.empty()) return {};
  const std::string whole = std::string(context) + std::string(text);
  const std::vector<TokenId> ids = encode(whole);
  size_t first = ids.size();  // of the tokens of `text`
  for (size_t left = text.size(); first > 0 && left > 0;) {
    const size_t size = table_->bytes(ids[--first]).size();
    if (size > left) return {};
    left -= size;
  }
  std::vector<TokenId> found(ids.begin() + ptrdiff_t(first), ids.end());
  std::string spelt;
  for (const TokenId id : found) spelt += table_->bytes(id);
  if (spelt != text) return {};
  if (is_whole) return found;
  const size_t open = first_open(whole);
  const size_t certain = open > context.size() ? open - context.size() : 0;
  while (!found.empty() && size_of(*table_, found) > certain) found.pop_back();
  for (const std::string_view next : kNext) {
    if (found.empty()) break;
    const std::vector<TokenId> other = encode(whole + std::string(next));
    const size_t same = size_t(std::ranges::mismatch(ids, other).in1 - ids.begin());
    found.resize(std::min(found.size(), same > first ? same - first : 0));
  }
  return found;
}

size_t ForcedTokens::first_open(std::string_view text) const {
  size_t open = text.size();
  const size_t most = std::min(text.size(), kMaxTokenSize);
  for (size_t size = 1; size <= most; ++size) {
    if (is_prefix_of_longer(text.substr(text.size() - size))) open = text.size() - size;
  }
  return open;
}

bool ForcedTokens::is_prefix_of_longer(std::string_view bytes) const {
  const auto nodes = table_->trie().nodes();
  uint32_t node = table_->root(uint8_t(bytes[0]));
  uint32_t end = table_->trie().num_nodes();
  for (size_t depth = 1; node < end; ++depth) {
    if (depth == bytes.size()) return nodes[node].end > node + 1;
    end = nodes[node].end;
    uint32_t child = node + 1;
    while (child < end && uint8_t(nodes[child].byte) != uint8_t(bytes[depth])) child = nodes[child].end;
    node = child;
  }
  return false;
}

}  // namespace hearth::grammar
