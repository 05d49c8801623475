#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "grammar/grammar.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth::grammar {

class TokenTable;

/// Which tokens of a vocabulary may come next in a text of a grammar. One belongs to one sequence and is used
/// by one thread at a time.
class Matcher {
 public:
  Matcher(GrammarPtr grammar, std::shared_ptr<const TokenTable> tokens, const Limits& limits);
  ~Matcher();

  /// Sets the bits of the tokens that may come, the ends of the turn included where the text may end; the
  /// words are of the whole vocabulary, and 0. Errors: kResourceLimit where the fuel of a mask ended.
  Status fill_mask(std::span<uint64_t> words);
  /// Takes a token. False, with nothing changed, where it may not come.
  bool accept(TokenId id);
  /// Takes the last `count` tokens back: at most kMaxRollback.
  void rollback(size_t count);
  static constexpr size_t kMaxRollback = 256;

  /// The bytes that must come next, whatever the model says, up to `max_size`; empty where there is a choice.
  std::vector<uint8_t> forced_bytes(size_t max_size);
  /// Whether the text may end here; whether it must.
  bool may_end();
  bool must_end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth::grammar
