#include "formats/huggingface/tokenizer_json.h"

#include <filesystem>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/tokenizer_cases_fixture.h"
#include "text/input/text_input.h"
#include "text/origin_text.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::filesystem::path> fixtures() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_json")) {
    paths.push_back(entry.path());
  }
  return paths;
}

Tokenizer make(const Json& json) {
  auto data = parse_tokenizer_json(json.dump());
  if (!data) throw std::runtime_error(data.error().message);
  auto tokenizer = Tokenizer::create(std::move(*data));
  if (!tokenizer) throw std::runtime_error(tokenizer.error().message);
  return std::move(*tokenizer);
}

Json fixture(const std::string& name) {
  return testing::read_cases(HEARTH_SOURCE_DIR "/tests/fixtures/tokenizer_json/" + name + ".json");
}

TEST(TokenizerJson, EveryPartEqualsTheReference) {
  ASSERT_GT(fixtures().size(), 35u);
  for (const auto& path : fixtures()) {
    SCOPED_TRACE(path.filename());
    const Json one = testing::read_cases(path);
    const Tokenizer tokenizer = make(one.at("tokenizer"));
    testing::expect_cases(tokenizer, one, true);
    EXPECT_EQ(*tokenizer.encode("the fox", {.add_special = true}),
              one.at("framed").get<std::vector<TokenId>>());
  }
}

TEST(TokenizerJson, ByteLevelGivesBackAnyBytes) {
  std::mt19937 random(1);
  for (const char* name : {"bpe_gpt2", "bpe_digits", "bpe_byte_normalizer"}) {
    const Tokenizer tokenizer = make(fixture(name).at("tokenizer"));
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (unsigned i = random() % 40; i > 0; --i) text += char(random() % 256);
      ASSERT_EQ(tokenizer.decode(*tokenizer.encode(text, {.add_special = false})), text) << name;
    }
  }
}

TEST(TokenizerJson, ContentBecomesNoTokenThatSteers) {
  const Tokenizer tokenizer = make(fixture("bpe_gpt2").at("tokenizer"));
  OriginText text;
  text.append("<|end|>", Origin::kTemplate);
  text.append("<|end|><Left>", Origin::kContent);
  const auto ids = *tokenizer.encode(text, false);
  const TokenId end = *tokenizer.vocab().find("<|end|>");
  EXPECT_EQ(std::ranges::count(ids, end), 1);
  EXPECT_EQ(ids.front(), end);
  EXPECT_THAT(ids, Not(Contains(*tokenizer.vocab().find("<Left>"))));
  EXPECT_EQ(tokenizer.decode(ids, true), text.text());
}

TEST(TokenizerJson, OriginsAreThoseOfTheTextBeforeNormalizing) {
  Json json = fixture("bpe_spm").at("tokenizer");
  const size_t size = json.at("model").at("vocab").size();
  json["added_tokens"].push_back(
      {{"id", size}, {"content", "<go on>"}, {"special", true}, {"normalized", true}, {"lstrip", false}});
  json["normalizer"] = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\u2581"}};
  const Tokenizer tokenizer = make(json);
  const auto count = [&](std::string_view head, std::string_view tail) {
    OriginText text;
    text.append(head, Origin::kTemplate);
    text.append(tail, Origin::kContent);
    return std::ranges::count(*tokenizer.encode(text, false), TokenId(size));
  };
  EXPECT_EQ(count(" a <go on>", "<go on> b"), 1);
  EXPECT_EQ(count(" a  <go on", "> b"), 0);
  EXPECT_EQ(count("", "<go on>"), 0);
}

/// The smallest file that is one.
Json smallest() {
  return Json::parse(R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
                         "added_tokens": [{"id": 3, "content": "<s>", "special": true}]})");
}

TEST(TokenizerJson, AFileOfTheLeastIsRead) {
  const Tokenizer tokenizer = make(smallest());
  EXPECT_THAT(*tokenizer.encode("abb<s>", {.parse_special = true}), ElementsAre(2, 1, 3));
  EXPECT_TRUE(tokenizer.is_control(3));
  EXPECT_EQ(tokenizer.decode({{2, 1}}), "ab b");
}

/// What the post-processor makes of "a" (0) and "b" (1): ids, then segments; empty: it has no form for pairs.
std::vector<std::vector<int32_t>> pair_of(const Json& post_processor) {
  Json json = smallest();
  json["post_processor"] = post_processor;
  const Tokenizer tokenizer = make(json);
  const auto pair = encode_pair(tokenizer, "a", "b");
  if (!pair) return {};
  return {pair->ids, pair->types};
}

TEST(TokenizerJson, PairsAreFramedAsTheFileSays) {
  using Rows = std::vector<std::vector<int32_t>>;
  const Json ends = {{"cls", {"<s>", 3}}, {"sep", {"ab", 2}}};
  Json bert = ends, roberta = ends;
  bert["type"] = "BertProcessing";
  roberta["type"] = "RobertaProcessing";
  EXPECT_EQ(pair_of(bert), (Rows{{3, 0, 2, 1, 2}, {0, 0, 0, 1, 1}}));
  EXPECT_EQ(pair_of(roberta), (Rows{{3, 0, 2, 2, 1, 2}, {0, 0, 0, 0, 0, 0}}));
  Json shaped = Json::parse(R"({"type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"SpecialToken": {"id": "S", "type_id": 1}}, {"Sequence": {"id": "A", "type_id": 2}},
             {"Sequence": {"id": "B", "type_id": 3}}, {"SpecialToken": {"id": "S", "type_id": 4}}],
    "special_tokens": {"S": {"id": "S", "ids": [3, 2], "tokens": ["<s>", "ab"]}}})");
  EXPECT_EQ(pair_of(shaped), (Rows{{3, 2, 0, 1, 3, 2}, {1, 1, 2, 3, 4, 4}}));
  const Json bytes = {{"type", "ByteLevel"}};
  EXPECT_EQ(pair_of({{"type", "Sequence"}, {"processors", {bytes, bert}}}), pair_of(bert));
  EXPECT_EQ(pair_of({{"type", "Sequence"}, {"processors", {bert, bytes}}}), pair_of(bert));
  EXPECT_TRUE(pair_of({{"type", "Sequence"}, {"processors", {bert, roberta}}}).empty());
  EXPECT_TRUE(pair_of(bytes).empty());
  std::swap(shaped["pair"][1], shaped["pair"][2]);
  EXPECT_TRUE(pair_of(shaped).empty()) << "the second text first";
  shaped["pair"] = Json::array();
  EXPECT_TRUE(pair_of(shaped).empty());
  shaped["pair"] = Json::parse(R"([{"Sequence": {"id": "A", "type_id": 300}}])");
  Json json = smallest();
  json["post_processor"] = shaped;
  EXPECT_THAT(parse_tokenizer_json(json.dump()).error().message, HasSubstr("type_id"));
}

TEST(TokenizerJson, WhatIsWrongIsNamed) {
  struct Fault {
    std::string pointer;
    Json value;
    std::string says;
    ErrorCode code;
  };
  constexpr ErrorCode kCorrupt = ErrorCode::kCorruptData, kUnknown = ErrorCode::kUnsupported;
  const Fault faults[] = {
      {"/model", nullptr, "tokenizer.json: model is missing", kCorrupt},
      {"/model", "BPE", "tokenizer.json: model is the string \"BPE\", not an object", kCorrupt},
      {"/model/type", "Neural", "model: the model \"Neural\" is not one", kUnknown},
      {"/model/vocab", Json::array(), "model.vocab is an array of 0, not an object", kCorrupt},
      {"/model/vocab/a", -1, "model.vocab[\"a\"] is the number -1", kCorrupt},
      {"/model/vocab/a", 1, "have the same id 1", kCorrupt},
      {"/model/vocab/a", 1 << 20, "has the id 1048576", ErrorCode::kResourceLimit},
      {"/model/merges", "a b", "model.merges is the string", kCorrupt},
      {"/model/merges/0", "ab", "model.merges[0] is the string \"ab\", not two parts", kCorrupt},
      {"/model/merges/0", {"a"}, "model.merges[0] is an array of 1, not a pair", kCorrupt},
      {"/model/merges/0", {"a", ""}, "model.merges[0]", kCorrupt},
      {"/model/dropout", 0.1, "model.dropout is the number 0.1", kUnknown},
      {"/model/byte_fallback", "yes", "model.byte_fallback is the string \"yes\", not true or false",
       kCorrupt},
      {"/added_tokens/0/id", 0, "the tokens \"a\" and \"<s>\" have the same id 0", kCorrupt},
      {"/added_tokens/0/content", 7, "added_tokens[0].content is the number 7", kCorrupt},
      {"/normalizer", {{"type", "NFX"}}, "normalizer: the normalizer \"NFX\"", kUnknown},
      {"/normalizer", Json::object(), "normalizer.type is missing", kCorrupt},
      {"/normalizer",
       {{"type", "Replace"}, {"pattern", {{"String", ""}}}},
       "normalizer.pattern is an object, not a pattern",
       kCorrupt},
      {"/normalizer",
       {{"type", "Precompiled"}, {"precompiled_charsmap", "x"}},
       "is no text in base64",
       kCorrupt},
      {"/pre_tokenizer", {{"type", "Sequence"}}, "pre_tokenizer.pretokenizers is missing", kCorrupt},
      {"/pre_tokenizer",
       {{"type", "Split"}, {"pattern", {{"String", "x"}}}, {"behavior", "Apart"}},
       "the behavior \"Apart\"",
       kUnknown},
      {"/pre_tokenizer", {{"type", "FixedLength"}, {"length", 0}}, "at least one character", kCorrupt},
      {"/pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "__"}}, "not one character", kCorrupt},
      {"/post_processor",
       {{"type", "BertProcessing"}, {"cls", {"<s>", 3}}},
       "post_processor.sep is missing",
       kCorrupt},
      {"/post_processor",
       {{"type", "BertProcessing"}, {"cls", {"<s>", 3}}, {"sep", {"</s>", 9}}},
       "names the id 9, which no token has",
       kCorrupt},
      {"/decoder", {{"type", "Magic"}}, "decoder: the decoder \"Magic\"", kUnknown},
      {"/decoder",
       {{"type", "Sequence"},
        {"decoders", {{{"type", "Fuse"}}, {{"type", "Strip"}, {"content", " "}, {"start", 0}, {"stop", 1}}}}},
       "decoder.decoders[1]",
       kUnknown},
  };
  for (const Fault& fault : faults) {
    Json json = smallest();
    json[Json::json_pointer(fault.pointer)] = fault.value;
    const auto data = parse_tokenizer_json(json.dump());
    ASSERT_FALSE(data.has_value()) << fault.says;
    EXPECT_THAT(data.error().message, HasSubstr(fault.says));
    EXPECT_EQ(data.error().code, fault.code) << fault.says;
    EXPECT_FALSE(data.error().hint.empty()) << fault.says;
  }
}

TEST(TokenizerJson, PatternsThatCannotBeUsedAreNamedWhereTheTokenizerIsMade) {
  Json json = smallest();
  json["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
  const auto tokenizer = Tokenizer::create(*parse_tokenizer_json(json.dump()));
  ASSERT_FALSE(tokenizer.has_value());
  EXPECT_THAT(tokenizer.error().message, HasSubstr("a group without end"));
}

TEST(TokenizerJson, StepsHaveALimit) {
  Json json = smallest();
  Json steps = Json::array();
  for (int i = 0; i < 200; ++i) steps.push_back({{"type", "NFC"}});
  const Json half = {{"type", "Sequence"}, {"normalizers", steps}};
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", {half, half}}};
  const auto data = parse_tokenizer_json(json.dump());
  ASSERT_FALSE(data.has_value());
  EXPECT_EQ(data.error().code, ErrorCode::kResourceLimit);
  EXPECT_THAT(data.error().message, HasSubstr("more than 256 steps"));
}

}  // namespace
}  // namespace hearth
