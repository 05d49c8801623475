#include "formats/huggingface/token_table.h"

#include <utility>

#include "base/printable.h"
#include "formats/model/config_keys.h"

namespace hearth {
namespace {

constexpr uint64_t kMaxTokens = 1 << 20;  // the largest vocabularies published have some 260,000
constexpr size_t kMaxTokenBytes = 1 << 16;

}  // namespace

Status TokenTable::add(std::string text, uint64_t id, TokenType type) {
  if (id >= kMaxTokens || text.size() > kMaxTokenBytes) {
    return fail_hint(ErrorCode::kResourceLimit,
                     "check where the file comes from: no known model has such a token",
                     "{}: the token {} of {} bytes has the id {}; ids stay below {}, tokens up to {} bytes",
                     file_, hearth::quoted(text), text.size(), id, kMaxTokens, kMaxTokenBytes);
  }
  if (id >= size()) {
    data_.tokens.resize(id + 1);
    data_.token_types.resize(id + 1, TokenType::kUnused);
    taken_.resize(id + 1);
  }
  if (taken_[id]) {
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{}: the tokens {} and {} have the same id {}",
                     file_, hearth::quoted(data_.tokens[id]), hearth::quoted(text), id);
  }
  data_.tokens[id] = std::move(text);
  data_.token_types[id] = type;
  taken_[id] = true;
  return {};
}

Status TokenTable::move_to(VocabData& data) {
  if (size() == 0)
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "{}: the vocabulary is empty", file_);
  data.tokens = std::move(data_.tokens);
  data.token_types = std::move(data_.token_types);
  return {};
}

}  // namespace hearth
