#include "transfer/download/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::transfer {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Journal, IsReadAsItWasWritten) {
  const Journal written{.num_bytes = 1000, .boot = "b-1", .validator = "\"tag\""};
  const std::string text = written.head() + Journal::line('w', 0, 10) + Journal::line('w', 10, 20) +
                           Journal::line('s', 0, 10) + Journal::line('w', 500, 1000);
  const auto read = Journal::parse(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->num_bytes, 1000u);
  EXPECT_EQ(read->validator, "\"tag\"");
  EXPECT_THAT(read->usable("b-1").ranges(), ElementsAre(Pair(0, 20), Pair(500, 1000)));
  EXPECT_THAT(read->usable("b-2").ranges(), ElementsAre(Pair(0, 10))) << "a power cut leaves what was synced";
}

TEST(Journal, EndsWhereItIsTorn) {
  const std::string head = Journal{.num_bytes = 100, .boot = "b"}.head();
  const std::string whole = head + Journal::line('w', 0, 10) + Journal::line('w', 20, 30);
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const auto journal = Journal::parse(std::string_view(whole).substr(0, cut));
    ASSERT_EQ(journal.has_value(), cut >= head.size()) << cut;
    if (!journal) continue;
    const uint64_t expected = cut == whole.size() ? 20 : cut >= head.size() + 7 ? 10 : 0;
    EXPECT_EQ(journal->written.size(), expected) << cut;
  }
  for (const std::string& bad : std::vector<std::string>{
           "w 30 20\n", "w 0 101\n", "w 5 5\n", "x 0 1\n", "w 0\n", "w 0 1 2\n", "w -1 5\n", "w 0x1 5\n",
           "w 0 99999999999999999999\n", std::string(20, '\0') + "\n", "\n", " w 0 1\n"}) {
    EXPECT_EQ(Journal::parse(head + bad + Journal::line('w', 50, 60))->written.size(), 0u) << bad;
  }
  for (const char* bad : {"", "\n", "hearth-partial 2 5 b -\n", "hearth-partial 1 -5 b -\n",
                          "hearth-partial 1 5 b\n", "hearth-partial 1 5 b zz\n", "hearth-partial 1 5 b abc\n",
                          "hearth-partial 1 5 b - -\n", "hearth-partial 1 9007199254740993 b -\n"}) {
    EXPECT_FALSE(Journal::parse(bad)) << bad;
  }
}

TEST(Journal, TheBootIsKnown) { EXPECT_EQ(current_boot(), current_boot()); }

}  // namespace
}  // namespace hearth::transfer
