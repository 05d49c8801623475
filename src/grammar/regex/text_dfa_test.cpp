#include "grammar/regex/text_dfa.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "grammar/regex/languages.h"

namespace hearth::grammar {
namespace {

const char* const kPatterns[] = {
    "a", "^a*b$", "(?!foo)^.{2,5}$", "\\bx\\w*", "^[^a-c]{0,3}$", "^\\p{L}+(-\\d)?$", "^$", "a^", ""};

TextDfaPtr language_of(const char* pattern) { return *pattern_language(pattern, {}); }

bool is_all(const TextDfa& language) { return !language.empty() && language.accepts_all(language.start()); }

bool are_equal(const TextDfa& a, const TextDfa& b) {
  return (*intersected(a, *complement(b), {}))->empty() && (*intersected(*complement(a), b, {}))->empty();
}

/// How many languages the states have, the dead one's included: J. Myhill and A. Nerode's count, by
/// refinement.
size_t count_futures(const TextDfa& dfa) {
  std::vector<uint32_t> kind(dfa.num_states());
  for (StateId state = 1; state < dfa.num_states(); ++state) kind[state] = 1 + dfa.accepts(state);
  for (size_t count = 0;;) {
    std::map<std::vector<uint32_t>, uint32_t> kinds;
    std::vector<uint32_t> next(dfa.num_states());
    for (StateId state = 0; state < dfa.num_states(); ++state) {
      std::vector<uint32_t> row{kind[state]};
      for (uint32_t c = 1; c < dfa.alphabet().num_classes(); ++c)
        row.push_back(state == kDeadState ? kind[kDeadState] : kind[dfa.step_class(state, c)]);
      next[state] = kinds.try_emplace(row, uint32_t(kinds.size())).first->second;
    }
    kind = next;
    if (kinds.size() == count) return count;
    count = kinds.size();
  }
}

TEST(TextDfa, IsMinimalAndTrimmed) {
  for (const char* pattern : kPatterns) {
    const TextDfaPtr dfa = language_of(pattern);
    EXPECT_EQ(count_futures(*dfa), dfa->num_states()) << pattern;
    // From every state an accepting one is as far as least_rest says.
    for (StateId state = 1; state < dfa->num_states(); ++state) {
      uint32_t least = dfa->accepts(state) ? 0 : UINT32_MAX;
      dfa->for_each_edge(state,
                         [&](uint32_t, StateId next) { least = std::min(least, dfa->least_rest(next) + 1); });
      if (!dfa->accepts(state)) EXPECT_EQ(dfa->least_rest(state), least) << pattern;
      EXPECT_LT(dfa->least_rest(state), dfa->num_states()) << pattern;
    }
  }
}

TEST(TextDfa, ObeysTheLawsOfSets) {
  for (const char* first : kPatterns) {
    const TextDfaPtr a = language_of(first);
    EXPECT_TRUE(are_equal(*a, *complement(*complement(*a)))) << first;
    EXPECT_TRUE((*intersected(*a, *complement(*a), {}))->empty()) << first;
    EXPECT_TRUE(is_all(**united(*a, *complement(*a), {}))) << first;
    EXPECT_TRUE(are_equal(*a, **concatenated(*a, *language_of("^$"), {}))) << first;
    EXPECT_TRUE(are_equal(*a, **concatenated(*language_of("^$"), *a, {}))) << first;
    for (const char* second : kPatterns) {
      const TextDfaPtr b = language_of(second);
      const TextDfaPtr both = *intersected(*a, *b, {});
      const TextDfaPtr any = *united(*a, *b, {});
      EXPECT_TRUE(are_equal(*complement(*both), **united(*complement(*a), *complement(*b), {})));
      EXPECT_TRUE(are_equal(*both, **intersected(*b, *a, {})));
      EXPECT_TRUE(are_equal(**united(*both, *a, {}), *a));
      EXPECT_TRUE(are_equal(**intersected(*any, *a, {}), *a));
    }
  }
}

TEST(TextDfa, JoinsTextsInOrder) {
  const TextDfaPtr joined = *concatenated(**regex_language("a*|b", {}), **regex_language("a{2}c?", {}), {});
  for (const char* text : {"aa", "aaa", "aac", "baa", "baac", "aaaaac"})
    EXPECT_TRUE(joined->matches(text)) << text;
  for (const char* text : {"", "a", "b", "ba", "bbaa", "aca"}) EXPECT_FALSE(joined->matches(text)) << text;
}

TEST(TextDfa, SaysHowFarItsEndsAre) {
  const TextDfaPtr dfa = language_of("^(?:ab{2,4}|c+d)$");
  EXPECT_EQ(dfa->least_rest(dfa->start()), 2u);
  EXPECT_EQ(dfa->longest_rest(dfa->start()), std::nullopt);
  EXPECT_EQ(dfa->longest_rest(dfa->step(dfa->start(), 'a')), 4u);
  EXPECT_EQ(dfa->least_rest(dfa->step(dfa->start(), 'a')), 2u);
}

TEST(TextDfa, LoopsOnWhatLeadsBack) {
  const TextDfaPtr dfa = language_of("^[a-z]*\"?[^\"]*$");
  const Loop loop = dfa->loop(dfa->step(dfa->step(dfa->start(), 'a'), '"'));
  EXPECT_TRUE(loop.set.beyond_ascii);
  EXPECT_EQ(loop.set.ascii.count(), 127u);
  EXPECT_EQ(loop.count, Loop::kEndless);
  EXPECT_EQ(language_of("^ab$")->loop(1), Loop());
  // Not all that is beyond ASCII leads back.
  const LoopSet some = language_of("^[^\\xE9]*$")->loop(1).set;
  EXPECT_FALSE(some.beyond_ascii);
  ASSERT_NE(some.beyond, nullptr);
  EXPECT_EQ(*some.beyond, (CodePointSet{{0x80, 0xE8}, {0xEA, kMaxCodePoint}}));
}

/// Up to how many code points two states are alike, by trying them.
uint32_t tried_depth(const TextDfa& dfa, StateId first, StateId second, uint32_t most) {
  std::set<std::pair<StateId, StateId>> layer{{first, second}};
  for (uint32_t depth = 0; depth <= most; ++depth) {
    std::set<std::pair<StateId, StateId>> next;
    for (const auto& [a, b] : layer) {
      if ((a == kDeadState) != (b == kDeadState)) return depth - 1;
      if (a == kDeadState) continue;
      if (depth > 0 && dfa.accepts(a) != dfa.accepts(b)) return depth - 1;
      if (depth == 0 && dfa.accepts(a) != dfa.accepts(b)) return 0;
      for (uint32_t c = 1; c < dfa.alphabet().num_classes(); ++c)
        next.emplace(dfa.step_class(a, c), dfa.step_class(b, c));
    }
    layer = std::move(next);
  }
  return most;
}

TEST(TextDfa, SaysHowFarStatesAreAlike) {
  for (const char* pattern : {"^(?:[ab]{1,9}c|x{3,20})$", "[a-c]{12}", "^(?:\\S+\\s){0,5}\\S+$", "^a*$"}) {
    SCOPED_TRACE(pattern);
    const TextDfaPtr dfa = language_of(pattern);
    for (StateId a = 1; a < dfa->num_states(); ++a) {
      for (StateId b = 1; b < dfa->num_states(); ++b) {
        const uint32_t tried = tried_depth(*dfa, a, b, 40);
        if (a == b) continue;
        EXPECT_LE(dfa->alike_depth(a, b), tried) << a << " " << b;
        EXPECT_GT(dfa->alike_depth(a, b) * 2 + 1, tried) << a << " " << b;
      }
    }
  }
}

TEST(TextDfa, KnowsFromWhereEverythingGoesOn) {
  const TextDfaPtr anywhere = language_of("a[b-d]{2}");
  for (StateId state = 1; state < anywhere->num_states(); ++state)
    EXPECT_TRUE(anywhere->goes_on_always(state));
  const TextDfaPtr behind = language_of("^a[b-d]");
  EXPECT_FALSE(behind->goes_on_always(behind->start()));
  EXPECT_FALSE(behind->goes_on_always(behind->step(behind->start(), 'a')));
  EXPECT_TRUE(behind->goes_on_always(behind->step(behind->step(behind->start(), 'a'), 'b')));
}

TEST(TextDfa, TakesNoSurrogates) {
  const TextDfaPtr all = language_of("");
  EXPECT_EQ(all->step(all->start(), 0xD800), kDeadState);
  EXPECT_EQ(all->step(all->start(), 0x110000), kDeadState);
  EXPECT_NE(all->step(all->start(), 0xE000), kDeadState);
  EXPECT_TRUE(language_of("^\\uD800$")->empty());
  EXPECT_TRUE((*literals_language(std::vector<std::string>{"\xED\xA0\x80"}, {}))->empty());
}

TEST(TextDfa, LengthsAreCountedInCodePoints) {
  const TextDfaPtr two = *length_language(2, 2, {});
  EXPECT_TRUE(two->matches("\xC3\xA9\xF0\x9F\x98\x80"));
  EXPECT_FALSE(two->matches("abc"));
  EXPECT_TRUE(are_equal(**length_language(3, UINT64_MAX, {}), *language_of("^[^]{3}")));
  EXPECT_TRUE((*length_language(3, 2, {}))->empty());
  EXPECT_EQ(length_language(0, 1'000'000, {}).error().code, ErrorCode::kResourceLimit);
}

TEST(JointAlphabet, TellsApartWhatAnyOfItsAlphabetsDoes) {
  const TextDfaPtr a = language_of("^[a-m]$"), b = language_of("^[h-z\\u{1F600}]$");
  const Alphabet* alphabets[] = {&a->alphabet(), &b->alphabet()};
  const JointAlphabet joint(alphabets);
  EXPECT_EQ(joint.num_classes(), 4u);  // a-g, h-m, n-z and the face, the others
  for (uint32_t j = 0; j < joint.num_classes(); ++j) {
    EXPECT_EQ(joint.classes(j)[0], a->alphabet().class_of(joint.representative(j)));
    EXPECT_EQ(joint.classes(j)[1], b->alphabet().class_of(joint.representative(j)));
  }
}

}  // namespace
}  // namespace hearth::grammar
