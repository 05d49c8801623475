#pragma once

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "text/tokenizer/stream_decoder.h"
#include "text/tokenizer/tokenizer.h"
#include "text/unicode/utf8.h"

namespace hearth::testing {

inline nlohmann::json read_cases(const std::filesystem::path& path) {
  const auto text = read_file(path, size_t(1) << 20);
  EXPECT_TRUE(text.has_value()) << path;
  return text ? nlohmann::json::parse(*text) : nlohmann::json::object();
}

/// Encodes each text of a fixture and decodes its ids: they are the reference's, and a stream says the same.
inline void expect_cases(const Tokenizer& tokenizer, const nlohmann::json& fixture, bool parse_special) {
  ASSERT_GT(fixture.at("cases").size(), 50u);
  for (const nlohmann::json& one : fixture.at("cases")) {
    const std::string text = one.at("text");
    const auto ids = tokenizer.encode(text, {.add_special = false, .parse_special = parse_special});
    ASSERT_TRUE(ids.has_value()) << ids.error().message;
    EXPECT_EQ(*ids, one.at("ids").get<std::vector<TokenId>>()) << one.at("text");
    const auto given = one.at("ids").get<std::vector<TokenId>>();
    const std::string decoded = sanitize_utf8(tokenizer.decode(given));
    if (one.contains("decoded")) {
      EXPECT_EQ(decoded, one.at("decoded").get<std::string>()) << one.at("text");
    }
    StreamDecoder stream(tokenizer);
    std::string streamed;
    for (const TokenId id : given) streamed += stream.push(id);
    EXPECT_EQ(streamed + stream.flush(), decoded) << one.at("text");
  }
}

}  // namespace hearth::testing
