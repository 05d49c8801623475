#include "base/printable.h"

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

TEST(VisibleTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(visible("plain \"text\" \\ of\ttwo\nlines\n"), "plain \"text\" \\ of\ttwo\nlines\n");
  EXPECT_EQ(visible("a\x1b[2Jb\r\x7f\x08"), R"(a\x1b[2Jb\x0d\x7f\x08)");
  EXPECT_EQ(visible("\xc2\x9b \xe2\x80\xae \xe2\x81\xa6 \xe2\x80\xa8 \xff"),
            R"(\xc2\x9b \xe2\x80\xae \xe2\x81\xa6 \xe2\x80\xa8 \xff)");
  EXPECT_EQ(visible(visible("\x1b")), visible("\x1b")) << "what is escaped stays";
  EXPECT_EQ(visible("\xd7\xa9\xe2\x80\x8f \xf0\x9f\x91\xa9\xe2\x80\x8d"),
            "\xd7\xa9\xe2\x80\x8f \xf0\x9f\x91\xa9\xe2\x80\x8d");
}

TEST(VisibleTest, MakesOneLine) { EXPECT_EQ(visible_line("a\nb\tc\r\n"), R"(a\nb\tc\x0d\n)"); }

TEST(WithoutControlsTest, KeepsTextAndDefusesTheRest) {
  EXPECT_EQ(without_controls("plain\ttext\nh\xC3\xA9llo \xE2\x82\xAC"),
            "plain\ttext\nh\xC3\xA9llo \xE2\x82\xAC");
  EXPECT_EQ(without_controls("\x1b[31mred"), "\xEF\xBF\xBD[31mred");
  EXPECT_EQ(without_controls("a\rb\x7f"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(without_controls("\xC2\x9B"
                             "31m \xC2\xA0"),
            "\xEF\xBF\xBD"
            "31m \xC2\xA0")
      << "U+009B is CSI, U+00A0 a space";
  EXPECT_EQ(without_controls("a\xE2\x80\xAE"
                             "b"),
            "a\xEF\xBF\xBD"
            "b")
      << "a change of direction";
}

}  // namespace
}  // namespace hearth
