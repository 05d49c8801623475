#define PCRE2_CODE_UNIT_WIDTH 8
#include "grammar/regex/character_sets.h"

#include <memory>

#include <gtest/gtest.h>
#include <pcre2.h>

#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

constexpr char32_t kLastCompared = 0x1FFFF;

/// The code points that an expression of PCRE2 matches.
class Pcre2Set {
 public:
  explicit Pcre2Set(const std::string& expression, uint32_t options = 0)
      : data_(pcre2_match_data_create(1, nullptr)) {
    int error = 0;
    size_t offset = 0;
    code_.reset(pcre2_compile(PCRE2_SPTR(expression.data()), expression.size(),
                              PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | options, &error, &offset,
                              nullptr));
  }
  bool is_there() const { return code_ != nullptr; }
  bool contains(char32_t code_point) const {
    std::string text;
    append_utf8(text, code_point);
    return pcre2_match(code_.get(), PCRE2_SPTR(text.data()), text.size(), 0, PCRE2_NO_UTF_CHECK, data_.get(),
                       nullptr) > 0;
  }

 private:
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  };
  std::unique_ptr<pcre2_code, Free> code_;
  std::unique_ptr<pcre2_match_data, Free> data_;
};

TEST(CharacterSets, PropertiesAreThoseOfPcre2) {
  // PCRE2's Unicode is older: what it does not know yet is left out.
  const Pcre2Set unassigned("\\p{Cn}");
  ASSERT_TRUE(unassigned.is_there());
  struct Case {
    const char *name, *value, *pcre2;
  };
  for (const auto& [name, value, pcre2] :
       {Case{"L", "", "\\p{L}"}, Case{"Lowercase_Letter", "", "\\p{Ll}"}, Case{"digit", "", "\\p{Nd}"},
        Case{"gc", "Zs", "\\p{Zs}"}, Case{"General_Category", "Punctuation", "\\p{P}"},
        Case{"Symbol", "", "\\p{S}"}, Case{"sc", "Grek", "\\p{sc:Greek}"},
        Case{"Script", "Cyrillic", "\\p{sc:Cyrillic}"}, Case{"Script", "Han", "\\p{sc:Han}"},
        Case{"sc", "Zyyy", "\\p{sc:Common}"}}) {
    const auto set = unicode_property_set(name, value);
    ASSERT_TRUE(set) << name;
    const Pcre2Set other(pcre2);
    if (!other.is_there()) continue;  // scripts are younger than the oldest PCRE2 that we build with
    size_t different = 0;
    for (char32_t c = 0; c <= kLastCompared; ++c) {
      if (c >= kFirstSurrogate && c <= kLastSurrogate) continue;
      different += set->contains(c) != other.contains(c) && !unassigned.contains(c);
    }
    EXPECT_LE(different, 8u) << name << value;  // a few changed from one version to the next
  }
}

TEST(CharacterSets, OtherCasesAreThoseOfPcre2) {
  for (char32_t c = 'A'; c <= 0x24FF; c += c < 0x600 ? 1 : 7) {
    std::string letter;
    append_utf8(letter, c);
    const Pcre2Set other("\\Q" + letter + "\\E", PCRE2_CASELESS);
    const CodePointSet cases = with_other_cases({{c, c}});
    for (const CodePointRange& range : cases.ranges())
      for (char32_t member = range.first; member <= range.last; ++member)
        EXPECT_TRUE(other.contains(member)) << uint32_t(c) << " " << uint32_t(member);
  }
  const CodePointSet kelvin{{'K', 'K'}, {'k', 'k'}, {0x212A, 0x212A}};
  EXPECT_EQ(with_other_cases({{'k', 'k'}}), kelvin);
  EXPECT_EQ(with_other_cases({{0x3C3, 0x3C3}}), (CodePointSet{{0x3A3, 0x3A3}, {0x3C2, 0x3C3}}));
  EXPECT_EQ(with_other_cases({{0xDF, 0xDF}}), (CodePointSet{{0xDF, 0xDF}, {0x1E9E, 0x1E9E}}));
  EXPECT_EQ(with_other_cases({{'a', 'z'}}).size(), 54u);  // with the long s and the sign of Kelvin
}

TEST(CharacterSets, ScriptExtensionsReplaceTheScript) {
  const auto script = *unicode_property_set("Script", "Grek"),
             extended = *unicode_property_set("scx", "Greek");
  EXPECT_FALSE(script.contains(0xB7));
  EXPECT_TRUE(extended.contains(0xB7));
  EXPECT_TRUE(unicode_property_set("sc", "Zyyy")->contains(0xB7));
  EXPECT_FALSE(unicode_property_set("scx", "Zyyy")->contains(0xB7));
}

TEST(CharacterSets, UnknownPropertiesAreRefused) {
  for (const char* name : {"", "Foo", "letter", "Greek", "Emoji"})
    EXPECT_EQ(unicode_property_set(name, "").error().code, ErrorCode::kUnsupported) << name;
  EXPECT_EQ(unicode_property_set("sc", "Klingon").error().code, ErrorCode::kUnsupported);
}

TEST(CodePointSet, ObeysTheLawsOfSets) {
  const CodePointSet a{{'a', 'f'}, {0xD000, 0xE00F}, {'f', 'h'}}, b{{'g', 'z'}, {0x10FFFF, 0x10FFFF}};
  EXPECT_EQ(a.ranges().size(), 3u);  // without surrogates
  EXPECT_EQ(a.complement().complement(), a);
  EXPECT_EQ(a.united(a.complement()), CodePointSet::all());
  EXPECT_TRUE(a.intersected(a.complement()).empty());
  EXPECT_EQ(a.without(b), a.intersected(b.complement()));
  EXPECT_EQ(a.united(b).complement(), a.complement().intersected(b.complement()));
  EXPECT_EQ(a.intersected(b), (CodePointSet{{'g', 'h'}}));
  EXPECT_TRUE(b.contains(0x10FFFF));
  EXPECT_FALSE(a.contains(0xD800));
}

}  // namespace
}  // namespace hearth::grammar
