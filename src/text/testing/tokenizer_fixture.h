#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::testing {

/// A file of tests/fixtures/tokenizer/, made by tools/make_tokenizer_fixtures.py.
inline nlohmann::json read_fixture(std::string_view name) {
  const std::string path = HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer/" + std::string(name);
  const auto text = read_file(path, size_t(1) << 20);
  EXPECT_TRUE(text.has_value()) << path;
  return text ? nlohmann::json::parse(*text) : nlohmann::json::object();
}

inline VocabData vocab_of(const nlohmann::json& fixture) {
  VocabData data;
  data.model = fixture.at("model");
  data.pre = fixture.at("pre");
  data.tokens = fixture.at("tokens");
  data.scores = fixture.at("scores").get<std::vector<float>>();
  for (const int type : fixture.at("types")) data.token_types.push_back(TokenType(type));
  data.merges = fixture.at("merges");
  if (fixture.contains("unk")) {
    data.unk_id = fixture.at("unk");
    data.bos_id = fixture.at("bos");
    data.eos_id = fixture.at("eos");
    data.add_space_prefix = fixture.at("space_prefix").get<bool>();
  }
  return data;
}

inline Tokenizer tokenizer_of(const nlohmann::json& fixture) {
  auto tokenizer = Tokenizer::create(vocab_of(fixture));
  if (!tokenizer) throw std::runtime_error(tokenizer.error().message);
  return std::move(*tokenizer);
}

}  // namespace hearth::testing
