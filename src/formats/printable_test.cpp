#include "formats/printable.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(QuotedTest, KeepsPrintableText) {
  EXPECT_EQ(quoted("blk.0.attn_q"), "\"blk.0.attn_q\"");
  EXPECT_EQ(quoted("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
  EXPECT_EQ(quoted("say \"no\" \\"), R"("say \"no\" \\")");
}

TEST(QuotedTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(quoted("a\x1b[2Jb\r\n\t"), R"("a\x1b[2Jb\x0d\n\x09")");
  EXPECT_EQ(quoted(std::string_view("\0\x7f", 2)), R"("\x00\x7f")");
  EXPECT_EQ(quoted("\xc2\x9b"), R"("\xc2\x9b")");          // a C1 control
  EXPECT_EQ(quoted("\xe2\x80\xae"), R"("\xe2\x80\xae")");  // right-to-left override
}

TEST(QuotedTest, EscapesBrokenUtf8) {
  EXPECT_EQ(quoted("\xff"), R"("\xff")");
  EXPECT_EQ(quoted("\xc3"), R"("\xc3")");                          // cut short
  EXPECT_EQ(quoted("\xc0\xaf"), R"("\xc0\xaf")");                  // overlong
  EXPECT_EQ(quoted("\xed\xa0\x80"), R"("\xed\xa0\x80")");          // a surrogate
  EXPECT_EQ(quoted("\xf4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");  // beyond U+10FFFF
}

TEST(QuotedTest, CutsAtACharacter) {
  EXPECT_EQ(quoted("abcdef", 4), "\"abcd\"...");
  EXPECT_EQ(quoted("abcd", 4), "\"abcd\"");
  EXPECT_EQ(quoted("abc\xc3\xa9", 4), "\"abc\"...");
}

}  // namespace
}  // namespace hearth
