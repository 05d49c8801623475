#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "grammar/json/compile_json_schema.h"
#include "grammar/mask/matcher.h"
#include "grammar/mask/testing/toy_vocabulary.h"

// What masks of schemas with many alternatives cost, in fuel.

namespace hearth::grammar {
namespace {

/// Alternatives that a constant tells apart, or nothing does.
std::string many_branches(std::string_view keyword, bool is_required) {
  std::string branches;
  for (int i = 0; i < 500; ++i)
    branches +=
        fmt::format(R"({}{{"type": "object", "properties": {{"type": {{"const": "kind{}"}}, "v{}": {{}},
        "name": {{"type": "string"}}}}, "required": [{}], "additionalProperties": false}})",
                    i > 0 ? "," : "", i, i, is_required ? "\"type\"" : "");
  return fmt::format(R"({{"{}": [{}]}})", keyword, branches);
}

/// Whether each mask along a text is made with so much fuel.
bool is_enough(uint64_t fuel, const std::string& schema, std::string_view text) {
  const testing::ToyVocabulary vocabulary = testing::toy_vocabulary(900, 1);
  const TokenTablePtr table = *TokenTable::create(vocabulary.bytes, {vocabulary.end_id});
  Limits limits;
  limits.mask_fuel = fuel;
  Matcher matcher(*compile_json_schema(schema, {}, Limits()), table, limits);
  std::vector<uint64_t> mask(table->num_words());
  for (const char byte : text) {
    if (!matcher.fill_mask(mask)) return false;
    size_t id = 0;
    while (table->bytes(TokenId(id)) != std::string_view(&byte, 1)) ++id;
    EXPECT_TRUE((mask[id / 64] >> (id % 64)) & 1) << text << " at " << byte;
    if (!matcher.accept(TokenId(id))) return false;
  }
  return matcher.fill_mask(mask).has_value();
}

TEST(SchemaWork, IsLittleWhereConstantsTellBranchesApart) {
  constexpr std::string_view kText = R"({"type": "kind321","v321": 0)";
  for (const std::string_view keyword : {"oneOf", "anyOf"})
    EXPECT_TRUE(is_enough(500'000, many_branches(keyword, true), kText)) << keyword;
  std::string constants;
  for (int i = 0; i < 500; ++i) constants += fmt::format(R"({}{{"const": "kind{}"}})", i > 0 ? "," : "", i);
  EXPECT_TRUE(is_enough(50'000, R"({"oneOf": [)" + constants + "]}", R"("kind77)"));
}

TEST(SchemaWork, IsCountedAndLimited) {
  // Without the constant each branch is to be refuted by itself.
  EXPECT_FALSE(is_enough(Limits().mask_fuel, many_branches("oneOf", false), R"({"type": "kind321")"));
}

}  // namespace
}  // namespace hearth::grammar
