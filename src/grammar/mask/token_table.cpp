#include "grammar/mask/token_table.h"

#include <algorithm>

#include "grammar/control_token.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::grammar {
namespace {

constexpr size_t kMaxTextSize = size_t(256) << 20;

std::string token_bytes(const Tokenizer& tokenizer, TokenId id) {
  if (tokenizer.vocab().type(id) == TokenType::kUnused) return {};
  if (!tokenizer.is_control(id)) return std::string(tokenizer.token_bytes(id));
  const auto bytes = control_token_bytes(id);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<TokenTablePtr> TokenTable::create(const Tokenizer& tokenizer) {
  std::vector<std::string> bytes(tokenizer.vocab().size());
  for (size_t id = 0; id < bytes.size(); ++id) bytes[id] = token_bytes(tokenizer, TokenId(id));
  const std::span<const TokenId> ends = tokenizer.vocab().end_of_generation_ids();
  return create(bytes, {ends.begin(), ends.end()});
}

Result<TokenTablePtr> TokenTable::create(const std::vector<std::string>& bytes,
                                         std::vector<TokenId> end_ids) {
  size_t text_size = 0;
  for (const std::string& token : bytes) text_size += token.size();
  if (text_size > kMaxTextSize) {
    return fail(ErrorCode::kResourceLimit,
                "a vocabulary of {} bytes is too large for grammars, the limit is {}", text_size,
                kMaxTextSize);
  }
  std::shared_ptr<TokenTable> table(new TokenTable());
  table->text_.reserve(text_size);
  table->offsets_.reserve(bytes.size() + 1);
  table->offsets_.push_back(0);
  for (const std::string& token : bytes) {
    table->text_ += token;
    table->offsets_.push_back(uint32_t(table->text_.size()));
  }
  std::ranges::sort(end_ids);
  table->end_ids_ = std::move(end_ids);
  std::vector<ByteTrie::Entry> entries;
  entries.reserve(bytes.size());
  for (size_t id = 0; id < bytes.size(); ++id) {
    const std::string_view token = table->bytes(TokenId(id));
    if (!token.empty()) entries.push_back({token, uint32_t(id)});
    if (std::ranges::count(token, '"') >= 3) table->quoting_ids_.push_back(uint32_t(id));
  }
  table->trie_ = ByteTrie(entries);
  table->roots_.fill(table->trie_.num_nodes());
  for (uint32_t node = 0; node < table->trie_.num_nodes(); node = table->trie_.nodes()[node].end) {
    table->roots_[table->trie_.nodes()[node].byte] = node;
  }
  table->loops_ = std::make_unique<LoopTokenCache>(*table);
  return table;
}

std::string_view TokenTable::bytes(TokenId id) const {
  if (id < 0 || size_t(id) >= num_tokens()) return {};
  return std::string_view(text_).substr(offsets_[size_t(id)],
                                        offsets_[size_t(id) + 1] - offsets_[size_t(id)]);
}

bool TokenTable::is_end(TokenId id) const { return std::ranges::binary_search(end_ids_, id); }

size_t TokenTable::memory_size() const {
  return sizeof(*this) + text_.capacity() + offsets_.capacity() * sizeof(uint32_t) +
         end_ids_.capacity() * sizeof(TokenId) + trie_.memory_size() + loops_->memory_size();
}

}  // namespace hearth::grammar
