#include "engine/pool/stored_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

TEST(StoredTemplate, OneThatCannotBeReadIsToldAndLeftOut) {
  std::string told;
  const LogSink log = [&](LogLevel, std::string_view line) { told += line; };
  StoredModel stored{.name = *ModelName::parse("tiny"), .manifest = {}};
  EXPECT_EQ(stored_chat_template(stored, log), std::nullopt);
  for (const char* source : {"{{ .Prompt }}", "{% for m in messages %}{{ m.content }}{% endfor %}"}) {
    stored.chat_template = source;
    EXPECT_EQ(stored_chat_template(stored, log), source);
  }
  EXPECT_EQ(told, "");
  stored.chat_template = "{{ .Prompt | unknown }}";
  EXPECT_EQ(stored_chat_template(stored, log), std::nullopt);
  EXPECT_THAT(told, testing::HasSubstr("tiny"));
}

}  // namespace
}  // namespace hearth
