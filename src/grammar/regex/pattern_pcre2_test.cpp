#define PCRE2_CODE_UNIT_WIDTH 8
#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <pcre2.h>

#include "grammar/regex/languages.h"

namespace hearth::grammar {
namespace {

/// Random expressions, in a syntax that PCRE2 reads as ECMA-262 does.
class ExpressionWriter {
 public:
  explicit ExpressionWriter(uint32_t seed) : random_(seed) {}

  std::string alternatives(int depth) {
    std::string text = sequence(depth);
    while (below(4) == 0) text += "|" + sequence(depth);
    return text;
  }
  std::string text() {
    static const char* const kPieces[] = {"a", "b", "c", "A",        "1",
                                          "_", "-", " ", "\xC3\xA9", "\xF0\x9F\x98\x80"};
    std::string text;
    for (uint32_t n = below(8); n > 0; --n) text += kPieces[below(below(2) == 0 ? 2 : std::size(kPieces))];
    return text;
  }

 private:
  uint32_t below(size_t bound) { return uint32_t(random_() % bound); }

  std::string sequence(int depth) {
    std::string text;
    for (uint32_t n = below(4); n > 0; --n) text += term(depth);
    return text;
  }
  std::string term(int depth) {
    switch (below(10)) {
      case 0:
        return "^";
      case 1:
        return "$";
      case 2:
        return below(2) == 0 ? "\\b" : below(4) == 0 ? "[]" : "\\B";
      case 3:
        if (depth > 0) return (below(2) == 0 ? "(?=" : "(?!") + alternatives(depth - 1) + ")";
        [[fallthrough]];
      default:
        return atom(depth) + quantifier();
    }
  }
  std::string atom(int depth) {
    static const char* const kAtoms[] = {
        "a",   "b",   "a",   "b",   "1",        "-",       "\xC3\xA9", ".",   "[ab]",    "[^a]",
        "\\d", "\\w", "\\W", "\\D", "[a-c\\d]", "[^\\w-]", "\\x61",    "[^]", "\\p{Lu}", "(?i:A)"};
    if (depth > 0 && below(3) == 0) return (below(2) == 0 ? "(" : "(?:") + alternatives(depth - 1) + ")";
    return kAtoms[below(std::size(kAtoms))];
  }
  std::string quantifier() {
    static const char* const kQuantifiers[] = {"*",     "+",    "?",  "{2}", "{1,3}",
                                               "{0,2}", "{2,}", "*?", "+?",  "{0}"};
    return below(2) == 0 ? "" : kQuantifiers[below(std::size(kQuantifiers))];
  }

  std::mt19937 random_;
};

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

/// PCRE2's answer; nothing where its backtracking took too long.
std::optional<bool> found_by_pcre2(const std::string& pattern, uint32_t options,
                                   const std::vector<std::string>& texts, std::vector<bool>& found) {
  int error = 0;
  size_t offset = 0;
  const std::unique_ptr<pcre2_code, FreeCode> code(pcre2_compile(
      PCRE2_SPTR(pattern.data()), pattern.size(),
      PCRE2_UTF | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY | options, &error, &offset, nullptr));
  if (!code) return std::nullopt;
  const std::unique_ptr<pcre2_match_data, FreeMatch> data(pcre2_match_data_create(1, nullptr));
  for (const std::string& text : texts) {
    const int result =
        pcre2_match(code.get(), PCRE2_SPTR(text.data()), text.size(), 0, 0, data.get(), nullptr);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) return std::nullopt;
    found.push_back(result >= 0);
  }
  return true;
}

void compare(bool whole) {
  int compared = 0, taken = 0;
  for (uint32_t seed = 1; seed <= 1500; ++seed) {
    ExpressionWriter writer(seed);
    const std::string pattern = writer.alternatives(3);
    std::vector<std::string> texts;
    for (int i = 0; i < 30; ++i) texts.push_back(writer.text());
    std::vector<bool> found;
    if (!found_by_pcre2(pattern, whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0, texts, found)) continue;
    const auto language = whole ? regex_language(pattern, {}) : pattern_language(pattern, {});
    if (!language && language.error().code == ErrorCode::kResourceLimit) continue;
    ASSERT_TRUE(language) << pattern << ": " << language.error().message;
    ++compared;
    for (size_t i = 0; i < texts.size(); ++i) {
      taken += found[i];
      EXPECT_EQ((*language)->matches(texts[i]), found[i])
          << pattern << " on " << testing::PrintToString(texts[i]);
    }
  }
  // Both answers are frequent, or nothing was compared.
  EXPECT_GT(compared, 1400);
  EXPECT_GT(taken, compared);
  EXPECT_LT(taken, compared * 25);
}

TEST(PatternPcre2, FindsWhatPcre2Finds) { compare(false); }

TEST(PatternPcre2, MatchesWhatPcre2Matches) { compare(true); }

}  // namespace
}  // namespace hearth::grammar
