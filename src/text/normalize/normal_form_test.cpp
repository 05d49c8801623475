#include "text/normalize/normal_form.h"

#include <gtest/gtest.h>

#include "text/testing/tokenizer_fixture.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

TEST(Normalizer, EqualsTheReference) {
  const nlohmann::json cases = testing::read_fixture("normalization.json");
  ASSERT_GT(cases.size(), 200u);
  for (const nlohmann::json& one : cases) {
    const std::string text = one.at("text");
    EXPECT_EQ(normalize(text, NormalForm::kNfc), one.at("nfc").get<std::string>()) << one;
    EXPECT_EQ(normalize(text, NormalForm::kNfkc), one.at("nfkc").get<std::string>()) << one;
    EXPECT_EQ(normalize(text, NormalForm::kNone), text);
  }
}

TEST(Normalizer, WhatNeedsNoNormalizingDoesNotChange) {
  for (uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    std::string text = "e";
    append_utf8(text, code_point);
    for (const NormalForm form : {NormalForm::kNfc, NormalForm::kNfkc}) {
      if (!needs_normalizing(text, form)) ASSERT_EQ(normalize(text, form), text) << code_point;
    }
  }
}

TEST(Normalizer, IsIdempotent) {
  for (const nlohmann::json& one : testing::read_fixture("normalization.json")) {
    for (const NormalForm form : {NormalForm::kNfc, NormalForm::kNfkc}) {
      const std::string once = normalize(one.at("text").get<std::string>(), form);
      EXPECT_EQ(normalize(once, form), once);
    }
  }
}

TEST(Normalizer, BadBytesStayAndSeparate) {
  EXPECT_EQ(normalize("e\xcc\x81", NormalForm::kNfc), "\u00e9");
  EXPECT_EQ(normalize("e\xff\xcc\x81", NormalForm::kNfc), "e\xff\u0301");
  EXPECT_EQ(normalize("\xcc\x81\xcc", NormalForm::kNfc), "\u0301\xcc");
  EXPECT_EQ(normalize("\xe4\xb8", NormalForm::kNfkc), "\xe4\xb8");
}

TEST(Normalizer, SortsALongRunOfMarksInTime) {
  std::string text = "a";
  for (int i = 0; i < 200000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0316";
  const std::string sorted = normalize(text, NormalForm::kNfc);
  EXPECT_EQ(sorted.substr(0, 4), "\u00e1\u0316");
}

}  // namespace
}  // namespace hearth
