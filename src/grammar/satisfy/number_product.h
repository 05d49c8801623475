#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grammar/regex/number_language.h"
#include "grammar/satisfy/pools.h"

namespace hearth::grammar {

/// Which languages a number must be in, and which not: indices, sorted.
struct NumberWish {
  std::vector<uint32_t> in, not_in;
};

/// A JSON number, and the languages of numbers that it is of. Where there is any language, numbers have no
/// exponent, as the languages do not read them.
class NumberProduct {
 public:
  using State = uint32_t;
  static constexpr State kNoState = UINT32_MAX;

  explicit NumberProduct(std::vector<const NumberLanguage*> languages);

  State start() const { return start_; }
  /// kNoState where it is no longer a number.
  State step(State state, uint8_t byte);
  /// Whether it is a number as it stands.
  bool is_complete(State state) const;
  bool accepts(State state, uint32_t language) const;
  bool can_satisfy(const NumberWish& wish, State state);
  /// Whether, from behind its point, it can come to satisfy the wish with other digits than zeros.
  bool can_have_fraction(const NumberWish& wish, State state);
  /// How many bytes are missing at least, as each language by itself says.
  uint64_t least_rest(const NumberWish& wish, State state) const;
  size_t num_languages() const { return languages_.size(); }
  size_t memory_size() const { return states_.memory_size() + searches_.memory_size() + answers_.capacity(); }

 private:
  bool satisfies(std::span<const uint32_t> tuple, const NumberWish& wish) const;
  bool search(const NumberWish& wish, State state, uint32_t syntax);

  std::vector<const NumberLanguage*> languages_;
  ListPool states_;  ///< the syntax's state, then each language's
  State start_;
  ListPool searches_;
  std::vector<uint8_t> answers_;
};

}  // namespace hearth::grammar
