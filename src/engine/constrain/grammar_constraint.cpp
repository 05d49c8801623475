#include "engine/constrain/grammar_constraint.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "grammar/mask/matcher.h"

namespace hearth {
namespace {

// Bytes of a token, about: so far it is looked ahead for each that is wanted.
constexpr size_t kTokenBytes = 8;
// Tokens before a forced text by which it is cut.
constexpr size_t kContextTokens = 256;

class GrammarConstraint final : public TokenConstraint {
 public:
  GrammarConstraint(const CompiledForm& form, std::optional<size_t> max_tokens)
      : tokens_(form.tokens), max_tokens_(max_tokens), matcher_(form.automata) {}

  Status fill_mask(TokenMask& mask) override {
    // A model may have rows beyond its vocabulary, which are no tokens.
    const auto words = mask.words().first(std::min(tokens_->table->num_words(), mask.words().size()));
    if (max_tokens_) {
      TRY(matcher_.fill_mask_within(uint32_t(*max_tokens_ - std::min(*max_tokens_, written_.size())), words));
    } else {
      TRY(matcher_.fill_mask(words));
    }
    if (std::ranges::any_of(words, [](uint64_t word) { return word != 0; })) return {};
    return fail_hint(ErrorCode::kResourceLimit, "ask again, or make the grammar simpler",
                     "the text cannot be carried on: no token of the vocabulary leads to a text of the "
                     "grammar");
  }

  bool accept(TokenId id) override {
    if (!matcher_.accept(id)) return false;
    written_.push_back(id);
    return true;
  }

  void rollback(size_t count) override {
    matcher_.rollback(count);
    written_.resize(written_.size() - count);
  }

  std::vector<TokenId> forced(size_t most) override {
    // Cut as the tokenizer does it, the text might come to more tokens than the end was found with.
    if (max_tokens_) return {};
    const std::vector<uint8_t> bytes = matcher_.forced_bytes(most * kTokenBytes);
    if (bytes.empty()) return {};
    const size_t context = std::min(written_.size(), kContextTokens);
    std::vector<TokenId> forced = tokens_->forced.find(std::span(written_).last(context), bytes);
    forced.resize(std::min(forced.size(), most));
    return forced;
  }

 private:
  ModelTokensPtr tokens_;
  std::optional<size_t> max_tokens_;
  grammar::Matcher matcher_;
  std::vector<TokenId> written_;
};

}  // namespace

std::optional<size_t> shortest_known(const CompiledForm& form) {
  const auto closing = grammar::Matcher(form.automata).closing();
  return closing ? std::optional(closing->size()) : std::nullopt;
}

std::unique_ptr<TokenConstraint> constrain_to(const CompiledForm& form, std::optional<size_t> max_tokens) {
  return std::make_unique<GrammarConstraint>(form, max_tokens);
}

}  // namespace hearth
