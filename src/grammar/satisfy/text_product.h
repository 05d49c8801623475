#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/threads.h"
#include "grammar/regex/text_dfa.h"
#include "grammar/satisfy/code_point_span.h"
#include "grammar/satisfy/pools.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

/// What is asked of one text: which languages it must be in and which not, and how long it must be.
struct TextWish {
  std::vector<uint32_t> in, not_in;  ///< indices of languages, sorted
  uint64_t least = 0, most = UINT64_MAX;
};

/// Languages read side by side. A state says where each of them stands that still can be reached; lengths
/// are counted by the caller.
class TextProduct {
 public:
  using State = uint32_t;

  /// Languages from `made` are this automaton's own, and their classes are not known.
  TextProduct(std::vector<TextDfaPtr> regular, std::vector<TextLanguage*> made);

  /// A language from `made`, and where it stands.
  struct MadePart {
    TextLanguage* language;
    StateId state;
  };
  /// The one that alone decides on the wish; null where none does, or it is dead.
  std::optional<MadePart> sole_made(const TextWish& wish, State state, uint64_t length) const;

  State start() const { return start_; }
  State step(State state, char32_t code_point);
  bool accepts(State state, uint32_t language) const;
  /// How many code points are missing at least, as each language by itself says.
  uint64_t least_rest(const TextWish& wish, State state) const;

  /// Whether the language is known to have no longest text.
  bool is_endless(uint32_t language) const {
    return is_regular(language) && !regular_[language]->longest_rest(regular_[language]->start());
  }
  /// Whether a language that goes on from here has no longest text, or none says anything of texts.
  bool goes_on_endlessly(State state) const;
  bool has_made() const { return !made_.empty(); }
  size_t num_languages() const { return regular_.size() + made_.size(); }

  /// Whether some text that goes on from here, behind `length` code points, satisfies the wish. Exact for
  /// regular languages as long as the search is short; yes where it is not.
  bool can_satisfy(const TextWish& wish, State state, uint64_t length);

  /// A code point of each class that a span touches, until `visit` returns true; returns whether it did, or
  /// whether there were too many to try.
  bool visit_classes(State state, CodePointSpan span, FunctionRef<bool(char32_t)> visit);

  /// Whether one of these code points leads to a text that can satisfy the wish. Yes where there are too many
  /// to try.
  bool may_step(const TextWish& wish, State state, uint64_t length, CodePointSpan span);

  /// Whether every text that goes on from here is alive in that language.
  bool goes_on_always(State state, uint32_t language) const;
  /// Whether some text satisfies the wish whatever comes next, and whatever the length is.
  bool can_always_satisfy(const TextWish& wish, State state) const;
  /// Whether one language alone decides on the wish, whatever the length: whether a text is of it.
  bool is_sole_regular(const TextWish& wish, uint64_t length) const;

  /// The state behind all of these code points, where it is one.
  std::optional<State> step_all(State state, CodePointSpan span);
  /// Of every text of at most so many code points: each language goes on with it, and accepts it, behind both
  /// or behind neither. A lower bound.
  uint32_t alike_depth(State a, State b) const;
  /// Which bytes of a JSON string no language tells apart; null where that is not known.
  const ByteGroups* groups();

  /// The code points that lead from the state to itself.
  Loop loop(State state);

  size_t memory_size() const;

 private:
  struct Part {
    uint32_t language;
    StateId state;
  };
  struct Search;

  bool is_regular(uint32_t language) const { return language < regular_.size(); }
  StateId state_of(State state, uint32_t language) const;
  bool accepts_all(uint32_t language, StateId state) const;
  bool search(const Search& search);
  /// What languages whose classes are not known say of the lengths.
  bool may_satisfy(const Search& search);
  bool visit_regular(CodePointSpan span, FunctionRef<bool(char32_t)> visit);
  Loop find_loop(State state) const;
  std::optional<bool> judge_one(const TextDfa& language, StateId state, uint64_t least, uint64_t most) const;
  std::span<const char32_t> representatives(std::span<const uint32_t> languages);
  const JointAlphabet& joint();

  std::vector<TextDfaPtr> regular_;
  std::vector<TextLanguage*> made_;
  ListPool states_;
  State start_ = 0;
  std::vector<std::optional<Loop>> loops_;  ///< by state
  std::unique_ptr<JointAlphabet> joint_;
  std::unique_ptr<ByteGroups> groups_;
  ListPool searches_;
  std::vector<uint8_t> answers_;  ///< by search
  ListPool language_sets_;
  std::vector<std::vector<char32_t>> representatives_;  ///< by set of languages
};

}  // namespace hearth::grammar
