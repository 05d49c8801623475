#include "text/normalize/normalizer.h"

#include <random>

#include <gtest/gtest.h>

namespace hearth {
namespace {

using Kind = NormalizerStep::Kind;

std::string apply(std::vector<NormalizerStep> steps, std::string_view text) {
  AlignedText aligned(text, false);
  const auto normalizer = Normalizer::create(std::move(steps));
  EXPECT_TRUE(normalizer.has_value());
  EXPECT_TRUE(normalizer->apply(aligned).has_value());
  return aligned.take();
}

/// A charsmap with one rule, from "a" to "xy", as SentencePiece writes it.
std::string one_rule() {
  std::vector<uint32_t> units(256, 0);
  units[0] = 1u << 10;                      // children lie at 1 ^ label
  units[1 ^ 'a'] = 'a' | 256 | (2u << 10);  // "a", with a value at (1 ^ 'a') ^ 2
  units[(1 ^ 'a') ^ 2] = 0x80000000;        // at 0 of the pool
  std::string bytes;
  const auto append = [&](uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes += char(value >> (8 * i) & 0xff);
  };
  append(uint32_t(units.size() * 4));
  for (const uint32_t unit : units) append(unit);
  return bytes + std::string("xy\0", 3);
}

TEST(NormalizerSteps, DoWhatTheirNamesSay) {
  EXPECT_EQ(apply({{.kind = Kind::kLowercase}}, "\u00c9A\u0130\xff"), "\u00e9ai\u0307\xff");
  EXPECT_EQ(apply({{.kind = Kind::kStrip}}, " \u3000a b\n"), "a b");
  EXPECT_EQ(apply({{.kind = Kind::kStrip, .right = false}}, " a "), "a ");
  EXPECT_EQ(apply({{.kind = Kind::kStrip}}, " \n"), "");
  EXPECT_EQ(apply({{.form = NormalForm::kNfd}, {.kind = Kind::kStripMarks}}, "\u00e9\uac01"),
            "e\u1100\u1161\u11a8");
  EXPECT_EQ(apply({{.kind = Kind::kStripNonspacing}}, "e\u0301\u0903\u0897"), "e\u0903\u0897")
      << "one is younger";
  EXPECT_EQ(apply({{.kind = Kind::kReplace, .pattern = "aa", .content = "b"}}, "aaa a"), "ba a");
  EXPECT_EQ(apply({{.kind = Kind::kReplaceRegex, .pattern = " {2,}", .content = " "}}, "a   b c"), "a b c");
  EXPECT_EQ(apply({{.kind = Kind::kPrepend, .content = "_"}}, "a"), "_a");
  EXPECT_EQ(apply({{.kind = Kind::kPrepend, .content = "_"}}, ""), "");
  EXPECT_EQ(apply({{.kind = Kind::kCleanText}}, std::string_view("a\0\x07\t\u00ad\ufffdb", 10)), "a b");
  EXPECT_EQ(apply({{.kind = Kind::kSpaceIdeographs}}, "a\u4e2db"), "a \u4e2d b");
  EXPECT_EQ(apply({{.kind = Kind::kNmt}}, "\x01\u200ba\tb\x7f"), " a b");
  EXPECT_EQ(apply({{.kind = Kind::kByteAlphabet}}, " \xff"), "\u0120\u00ff");
  EXPECT_EQ(apply({{.kind = Kind::kSingleSpaces}}, "  a   b "), "a b");
  EXPECT_EQ(apply({{.kind = Kind::kCharsmap, .content = one_rule()}}, "bab"), "bxyb");
  EXPECT_EQ(apply({{.kind = Kind::kGraphemeCharsmap, .content = one_rule()}}, "ba\u0301b"), "bxyb");
}

TEST(NormalizerSteps, ACharsmapThatDoesNotFitIsRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("\x08\0\0\0", 4), std::string("\x03\0\0\0abc\0", 8),
        one_rule().substr(0, one_rule().size() - 1)}) {
    EXPECT_FALSE(Normalizer::create({{.kind = Kind::kCharsmap, .content = bytes}}).has_value());
  }
  std::string wild = one_rule();
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {  // offsets that lead anywhere end in no match, not outside
    wild[4 + random() % (wild.size() - 5)] = char(random());
    const auto normalizer = Normalizer::create({{.kind = Kind::kCharsmap, .content = wild}});
    AlignedText text("aab\u00e9", false);
    if (!normalizer) continue;
    EXPECT_TRUE(normalizer->apply(text).has_value());
  }
}

TEST(NormalizerSteps, TrackingDoesNotChangeTheTextAndSpansLieInTheOriginal) {
  const std::vector<NormalizerStep> steps = {
      {.form = NormalForm::kNfkd},      {.kind = Kind::kStripNonspacing},
      {.kind = Kind::kSpaceIdeographs}, {.kind = Kind::kReplaceRegex, .pattern = "[0-9]+", .content = "#"},
      {.kind = Kind::kSingleSpaces},    {.kind = Kind::kPrepend, .content = "\u2581"},
      {.kind = Kind::kLowercase},       {.kind = Kind::kReplace, .pattern = " ", .content = "\u2581"},
  };
  const Normalizer normalizer = *Normalizer::create(steps);
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (unsigned i = 1 + random() % 12; i > 0; --i) {
      text += std::array{"a", " ", "\u00e9", "\u0301", "12", "\u4e2d", "\ufb01", "\xff"}[random() % 8];
    }
    AlignedText plain(text, false), tracked(text, true);
    ASSERT_TRUE(normalizer.apply(plain).has_value() && normalizer.apply(tracked).has_value());
    ASSERT_EQ(plain.text(), tracked.text());
    uint32_t last = 0;
    for (size_t at = 0; at < tracked.text().size(); ++at) {
      const AlignedText::Span span = tracked.original(at, 1);
      ASSERT_LE(span.begin, span.end);
      ASSERT_LE(span.end, text.size());
      ASSERT_GE(span.begin, last) << "in order";
      last = span.begin;
    }
  }
}

}  // namespace
}  // namespace hearth
