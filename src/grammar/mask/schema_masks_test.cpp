#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "grammar/json/compile_json_schema.h"
#include "grammar/mask/matcher.h"
#include "grammar/mask/testing/toy_vocabulary.h"

namespace hearth::grammar {
namespace {

/// Schemas whose automata give all kinds of hints: loops, states like others, keys that may not come twice.
constexpr const char* kSchemas[] = {
    R"({})",
    R"({"type": "object", "properties": {"name": {"type": "string"}, "names": {"type": "integer"}}})",
    R"({"type": "object", "properties": {"name": {"enum": ["a b", "c"]}}, "required": ["name"],
        "additionalProperties": false})",
    R"({"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}})",
    R"({"type": "object", "maxProperties": 2, "properties": {"a": {}, "\u00e9": {}}})",
    R"({"oneOf": [{"properties": {"name": {"type": "string"}}, "required": ["name"]},
        {"properties": {"id": {"type": "integer"}}, "required": ["id"]}]})",
    R"({"type": "array", "items": {"type": "string", "minLength": 2, "maxLength": 6}})",
    R"({"type": "array", "items": {"type": "string", "minLength": 5}})",
    R"({"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2,9}(-[a-z]+)*$"}})",
    R"({"type": "array", "uniqueItems": true, "items": {"type": "string", "maxLength": 3}})",
    R"({"type": "array", "uniqueItems": true, "items": {"enum": ["a", "ab", "abc", 1, {"name": "a"}]}})",
    R"({"type": "array", "uniqueItems": true, "maxItems": 3,
        "items": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 2}}})",
    R"({"type": "array", "not": {"uniqueItems": true}, "maxItems": 3, "items": {"type": "string"}})",
    R"({"type": "object", "patternProperties": {"^n": {"type": "number"}}, "additionalProperties": {"type": "string"}})",
    R"({"type": "object", "propertyNames": {"maxLength": 4}, "minProperties": 2})",
    R"({"not": {"required": ["name"]}, "type": "object"})",
    R"({"anyOf": [{"type": "string", "maxLength": 4}, {"type": "array", "items": {"$ref": "#"}}]})",
};

/// What tells of keys that come twice within one token.
std::vector<std::string> long_tokens() {
  return {"\":0,\"\":", "\":1,\"a\":2", "a\":0,\"a\":1", "\"\":0,\"\"",
          "\":\"\",\"", "\"\"\"",       "n\":1,\"n\":1}"};
}

TEST(SchemaMasks, AreWhatTryingEachTokenGives) {
  testing::ToyVocabulary vocabulary = testing::toy_vocabulary(900, 1);
  const std::vector<std::string> more = long_tokens();
  vocabulary.bytes.insert(vocabulary.bytes.end(), more.begin(), more.end());
  const TokenTablePtr table = *TokenTable::create(vocabulary.bytes, {vocabulary.end_id});
  std::mt19937 random(2);
  for (const char* schema : kSchemas) {
    SCOPED_TRACE(schema);
    const auto grammar = compile_json_schema(schema, {}, Limits{});
    ASSERT_TRUE(grammar.has_value()) << grammar.error().message;
    for (int text = 0; text < 4; ++text) {
      Matcher matcher(*grammar, table, Limits{});
      const auto plain = (*grammar)->make_automaton();
      StateId state = plain->start();
      for (int step = 0; step < 25; ++step) {
        std::vector<uint64_t> mask(table->num_words());
        ASSERT_TRUE(matcher.fill_mask(mask).has_value());
        std::vector<uint64_t> expected = testing::brute_force_mask(*plain, state, *table);
        const auto end = size_t(vocabulary.end_id);
        if (plain->accepts(state)) expected[end / 64] |= uint64_t(1) << (end % 64);
        ASSERT_EQ(mask, expected) << "step " << step;
        std::vector<TokenId> ids;
        for (size_t id = 0; id < mask.size() * 64; ++id) {
          const std::string_view bytes = table->bytes(TokenId(id));
          const bool is_blank = bytes.find_first_not_of(" \n") == std::string_view::npos;
          if ((mask[id / 64] >> (id % 64) & 1) != 0 && id != end && (!is_blank || bytes.size() == 1)) {
            ids.push_back(TokenId(id));
          }
        }
        if (ids.empty()) break;
        const TokenId id = ids[random() % ids.size()];
        ASSERT_TRUE(matcher.accept(id));
        for (const char byte : table->bytes(id)) state = plain->step(state, uint8_t(byte));
      }
    }
  }
}

}  // namespace
}  // namespace hearth::grammar
