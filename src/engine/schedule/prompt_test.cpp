#include "engine/schedule/prompt.h"

#include <gtest/gtest.h>

#include "engine/testing/engine_rig.h"

namespace hearth {
namespace {

TEST(Prompt, PlainTokensAreOne) {
  const std::vector<TokenId> tokens = {1, 2, 3};
  const Prompt prompt = tokens;
  EXPECT_EQ(prompt.tokens(), tokens);
  ASSERT_EQ(prompt.segments().size(), 1u);
  EXPECT_EQ(prompt.segments()[0].end, 3u);
  EXPECT_TRUE(prompt.contents().empty());
  EXPECT_TRUE(Prompt(std::vector<TokenId>()).segments().empty());
}

TEST(Prompt, SegmentsFollowEachOther) {
  const std::vector<TokenId> tokens = {1, 2, 3};
  Prompt prompt;
  prompt.append_text("abc", tokens);
  prompt.append_text("", {});
  prompt.append_media(SegmentKind::kImage, tokens, {7});
  prompt.append_tokens(tokens);
  EXPECT_EQ(prompt.tokens(), (std::vector<TokenId>{1, 2, 3, 1, 2, 3, 1, 2, 3}));
  ASSERT_EQ(prompt.segments().size(), 3u);
  EXPECT_EQ(prompt.segments()[0].text, "abc");
  EXPECT_EQ(prompt.segments()[1].kind, SegmentKind::kImage);
  EXPECT_EQ(prompt.segments()[2].begin, 6u);
  EXPECT_EQ(prompt.contents(), (std::vector<ContentSpan>{{.begin = 3, .end = 6, .hash = {7}}}));
}

TEST(Prompt, WhatTheModelDoesNotHaveIsRefused) {
  Rig rig;
  GenerateRequest with_image = request(5, 1);
  with_image.prompt.append_media(SegmentKind::kImage, random_tokens(4, 2), {7});
  EXPECT_EQ(rig.engine->submit(std::move(with_image)).error().code, ErrorCode::kUnsupported);
  GenerateRequest adapted = request(5, 1);
  adapted.adapter = "pirate";
  const Error error = rig.engine->submit(std::move(adapted)).error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_NE(error.message.find("'pirate'"), std::string::npos) << error.message;
  EXPECT_FALSE(error.hint.empty());
}

}  // namespace
}  // namespace hearth
