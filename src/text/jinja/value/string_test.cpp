#include "text/jinja/value/string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::jinja {
namespace {

constexpr Origin kOurs = Origin::kTemplate, kTheirs = Origin::kContent;

/// "ab[cd]": content in brackets.
std::string marked(const OriginString& text) {
  std::string out;
  text.for_each_range(0, text.size(), [&](std::string_view bytes, Origin origin) {
    out += origin == kTheirs ? "[" + std::string(bytes) + "]" : std::string(bytes);
  });
  return out;
}

OriginString sample() {
  OriginString text("ab", kOurs);
  text.append("cd", kTheirs);
  text.append("e", kTheirs);
  text.append("", kOurs);
  text.append("fg", kOurs);
  return text;
}

TEST(OriginString, KeepsTheOriginOfEachByte) {
  const OriginString text = sample();
  EXPECT_EQ(text.text(), "abcdefg");
  EXPECT_EQ(marked(text), "ab[cde]fg");
  EXPECT_EQ(text.origin_at(1), kOurs);
  EXPECT_EQ(text.origin_at(2), kTheirs);
  EXPECT_EQ(text.origin_at(4), kTheirs);
  EXPECT_EQ(text.origin_at(5), kOurs);
}

TEST(OriginString, CutsAnywhere) {
  const OriginString text = sample();
  for (size_t begin = 0; begin <= text.size(); ++begin) {
    for (size_t end = begin; end <= text.size(); ++end) {
      const OriginString part = text.slice(begin, end);
      ASSERT_EQ(part.text(), text.text().substr(begin, end - begin));
      for (size_t i = 0; i < part.size(); ++i) ASSERT_EQ(part.origin_at(i), text.origin_at(begin + i));
    }
  }
}

TEST(OriginString, JoinsNeighboursOfOneOrigin) {
  OriginString text;
  text.append("a", kTheirs);
  text.append("b", kTheirs);
  EXPECT_TRUE(text.has_one_origin());
  text.append_fill(3, '-', kOurs);
  text.append_fill(0, '+', kTheirs);
  text.append("c", kOurs);
  EXPECT_EQ(marked(text), "[ab]---c");
}

TEST(OriginString, AppendsItself) {
  OriginString text = sample();
  text.append(text, 1, 4);
  EXPECT_EQ(marked(text), "ab[cde]fgb[cd]");
}

TEST(OriginString, EmptyTextTakesTheNextOrigin) {
  OriginString text("", kTheirs);
  EXPECT_EQ(text.origin_at(0), kOurs);
  text.append("x", kOurs);
  EXPECT_EQ(marked(text), "x");
}

}  // namespace
}  // namespace hearth::jinja
