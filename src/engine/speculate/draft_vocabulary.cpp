#include "engine/speculate/draft_vocabulary.h"

#include <algorithm>
#include <string_view>

namespace hearth {
namespace {

constexpr std::string_view kRemedy =
    "take a smaller model of the same family as draft model: the two must share their vocabulary";

TokenType type_of(const VocabData& vocab, size_t id) {
  return vocab.token_types.empty() ? TokenType::kNormal : vocab.token_types[id];
}

}  // namespace

Status check_draft_vocabulary(const Vocab& model, const VocabData& draft) {
  const size_t num_common = std::min(model.size(), draft.tokens.size());
  const auto is_padding = [&](size_t id) {
    return (id >= model.size() || model.type(TokenId(id)) == TokenType::kUnused) &&
           (id >= draft.tokens.size() || type_of(draft, id) == TokenType::kUnused);
  };
  for (size_t id = 0; id < std::max(model.size(), draft.tokens.size()); ++id) {
    if (is_padding(id)) continue;
    if (id >= num_common) {
      return fail_hint(ErrorCode::kInvalidArgument, std::string(kRemedy),
                       "the draft model has {} tokens but the model {}", draft.tokens.size(), model.size());
    }
    if (model.text(TokenId(id)) != draft.tokens[id]) {
      return fail_hint(ErrorCode::kInvalidArgument, std::string(kRemedy),
                       "the draft model has another vocabulary than the model: token {} differs", id);
    }
  }
  return {};
}

}  // namespace hearth
