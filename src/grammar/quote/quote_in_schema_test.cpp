#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "grammar/json/compile_json_schema.h"
#include "grammar/mask/warm_automaton.h"
#include "grammar/quote/quote_documents.h"

namespace hearth::grammar {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kText =
    "He said \"no\" twice.\nThe path is C:\\temp\\new, \u4e16\u754c \u4e16\u4e17 \U0001f600\U0001f601 and "
    "\u00e9\u00e8.\t"
    "He said \"yes\" once. The path was /tmp.";

GrammarPtr compile(std::string schema, const std::shared_ptr<QuoteDocuments>& documents) {
  SchemaOptions options;
  options.form.whitespace = JsonForm::Whitespace::kCompact;
  options.reading.quote = [documents](std::string_view json) {
    return read_quote_keyword(json, documents.get());
  };
  return compile_json_schema(std::move(schema), options, {}).value();
}

std::shared_ptr<QuoteDocuments> documents() {
  return QuoteDocuments::create({{"a", std::string(kText)}, {"b", "Other text, said elsewhere."}}, {})
      .value();
}

/// Pieces of the text as JSON writes it, with what comes before and behind; and all bytes.
std::vector<std::string> vocabulary(std::mt19937& random) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, char(byte));
  const std::string escaped = Json(std::string(kText)).dump(), raw(kText);
  for (int i = 0; i < 800; ++i) {
    const std::string& from = i % 4 == 0 ? raw : escaped;
    std::string token = from.substr(random() % from.size(), 1 + random() % 5);
    if (i % 3 == 0) token += "\"";
    if (i % 6 == 0) token += ",\"n";
    if (i % 7 == 0) token += "\\u00";
    tokens.push_back(token);
  }
  for (const char* token :
       {"{\"q\":", "{\"q\":\"", "\",\"n\":", "null", "\\u4e16", "\\ud83d\\ude00", "\\n", "\\\""}) {
    tokens.emplace_back(token);
  }
  return tokens;
}

StateId step_all(Automaton& automaton, StateId state, std::string_view bytes) {
  for (const char byte : bytes) {
    if (state != kDeadState) state = automaton.step(state, uint8_t(byte));
  }
  return state;
}

/// Writes texts by masks, each as stepping has it, until they are whole; never without a token to go on.
std::vector<std::string> write_texts(const GrammarPtr& grammar, std::mt19937& random, int count) {
  const std::vector<std::string> tokens = vocabulary(random);
  const TokenTablePtr table = TokenTable::create(tokens, {}).value();
  WarmAutomaton warm(grammar->make_automaton(), table, {});
  const auto plain = grammar->make_automaton();
  std::vector<uint64_t> words(table->num_words());
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    std::string text;
    StateId state = warm.start(), same = plain->start();
    while (!plain->accepts(same)) {
      warm.refuel();
      warm.mask(state, words);
      std::vector<size_t> alive;
      for (size_t id = 0; id < tokens.size(); ++id) {
        const bool expected = step_all(*plain, same, tokens[id]) != kDeadState;
        EXPECT_EQ(words[id / 64] >> id % 64 & 1, expected ? 1u : 0u) << tokens[id] << " behind " << text;
        if (expected) alive.push_back(id);
      }
      if (alive.empty()) {
        ADD_FAILURE() << "nothing goes on behind " << text;
        return texts;
      }
      const std::string& next = tokens[alive[random() % alive.size()]];
      text += next;
      state = warm.step(state, next);
      same = step_all(*plain, same, next);
    }
    texts.push_back(text);
  }
  return texts;
}

TEST(QuoteInSchema, IsVerbatimHoweverItIsWritten) {
  std::mt19937 random(3);
  const auto from = documents();
  const GrammarPtr grammar = compile(
      R"({"type": "object", "properties": {"q": {"type": ["string", "null"],
          "x-hearth-quote": {"documents": ["a"], "min_chars": 2}}, "n": {"type": "integer"}},
          "required": ["q", "n"], "additionalProperties": false})",
      from);
  EXPECT_TRUE(grammar->warnings().empty());
  EXPECT_GT(grammar->memory_size(), kText.size() * 5);
  size_t escapes = 0, quotes = 0;
  for (const std::string& text : write_texts(grammar, random, 120)) {
    const Json answer = Json::parse(text);
    const auto found = grammar->quotes(text, 100);
    escapes += size_t(std::ranges::count(text, '\\'));
    if (answer["q"].is_null()) {
      EXPECT_TRUE(found.empty()) << text;
      continue;
    }
    ++quotes;
    const auto quote = answer["q"].get<std::string>();
    ASSERT_EQ(found.size(), 1u) << text;
    EXPECT_EQ(found[0].pointer, "/q");
    EXPECT_GE(found[0].found.places.size(), 1u);
    for (const QuotePlace& place : found[0].found.places) {
      EXPECT_EQ(kText.substr(place.byte_begin, place.byte_end - place.byte_begin), quote) << text;
    }
  }
  EXPECT_GT(quotes, 50u);
  EXPECT_GT(escapes, 100u);
}

TEST(QuoteInSchema, StandsBesideOtherKeywords) {
  std::mt19937 random(4);
  const auto from = documents();
  for (
      const char* schema : {
          R"({"x-hearth-quote": {"boundary": "word"}, "type": "string", "maxLength": 12})",
          R"({"x-hearth-quote": true, "type": "string", "minLength": 9})",
          R"({"x-hearth-quote": {"boundary": "word"}, "type": "string", "minLength": 9, "maxLength": 14})",
          R"({"anyOf": [{"x-hearth-quote": true, "type": "string"}, {"const": "not there"}]})",
          R"({"type": "array", "items": {"x-hearth-quote": {"documents": ["b"]}, "type": "string"}, "maxItems": 3})",
      }) {
    const GrammarPtr grammar = compile(schema, from);
    for (const std::string& text : write_texts(grammar, random, 40)) {
      const Json answer = Json::parse(text);
      const size_t strings = answer.is_array() ? answer.size() : answer == "not there" ? 0 : 1;
      EXPECT_EQ(grammar->quotes(text, 1).size(), strings) << text;
    }
  }
}

}  // namespace
}  // namespace hearth::grammar
