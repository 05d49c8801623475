#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "grammar/mask/automaton_pool.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

/// Which tokens of a vocabulary may come next in a text of a grammar. One belongs to one sequence and is used
/// by one thread at a time.
class Matcher {
 public:
  /// Starts with an automaton of the pool, and gives it back in the end.
  explicit Matcher(std::shared_ptr<AutomatonPool> pool);
  /// With a pool of its own.
  Matcher(GrammarPtr grammar, TokenTablePtr tokens, const Limits& limits);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// Sets the bits of the tokens that may come, the ends of the turn included where the text may end; the
  /// words are of the whole vocabulary, and 0. Errors: kResourceLimit where the fuel of a mask ended.
  Status fill_mask(std::span<uint64_t> words);
  /// The same of tokens alone behind which the text can end within the rest of `max_tokens`, the token itself
  /// counted and the ends of the turn not. As long as each token comes of such a mask, and `max_tokens` falls
  /// by one with each, the text is whole in the end. Empty where no end so near is known: ask before the
  /// first token, by closing().
  Status fill_mask_within(uint32_t max_tokens, std::span<uint64_t> words);
  /// Tokens that bring the text to an end soon, none where it may end here; nothing where a bounded search
  /// found none.
  std::optional<std::vector<TokenId>> closing();
  /// Takes a token. False, with nothing changed, where it may not come. An end of the turn that is no text of
  /// the grammar is taken where the text may end, and nothing but an end may follow.
  bool accept(TokenId id);
  /// Takes the last `count` tokens back: at most kMaxRollback.
  void rollback(size_t count);
  static constexpr size_t kMaxRollback = 256;

  /// The bytes that must come next, whatever the model says, up to `max_size`; empty where there is a choice.
  /// A control token among them stands whole or not at all (control_token.h).
  std::vector<uint8_t> forced_bytes(size_t max_size);
  /// Whether the text may end here; whether it must.
  bool may_end();
  bool must_end();

 private:
  struct Place {
    StateId state = kDeadState;
    bool ended = false;  ///< an end of the turn was taken
  };

  const Place& here() const { return history_.back(); }
  template <typename Fill>
  Status fill(std::span<uint64_t> words, Fill fill_words);
  void push(Place place);
  /// The byte that alone may follow, or -1; then, where `none`, nothing may.
  int only_byte(StateId state, bool& none);
  void compact();

  std::shared_ptr<AutomatonPool> pool_;
  std::unique_ptr<WarmAutomaton> automaton_;
  std::vector<Place> history_;  ///< behind each token, the start first, as far as a rollback may go
  std::vector<uint64_t> mask_;  ///< of the vocabulary, before it is cut to what is asked for
};

}  // namespace hearth::grammar
