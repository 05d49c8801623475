#include "grammar/quote/quoted_strings.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "grammar/quote/quote_documents.h"
#include "grammar/quote/quote_language.h"

namespace hearth::grammar {
namespace {

std::shared_ptr<QuoteDocuments> documents() {
  return QuoteDocuments::create({{"a", "The cat sat. The cat ran."}, {"b", "A cat is no dog."}}, {}).value();
}

/// Schemas 0 and 1 are there always; 2 is a quote.
SchemaProgram program_with_quote() {
  const auto from = documents();
  SchemaProgram program;
  program.schemas.resize(3);
  program.schemas[2].string.emplace().makers.push_back(
      read_quote_keyword(R"({"boundary": "word"})", from.get()).value());
  return program;
}

std::vector<std::string> pointers(const std::vector<QuotedString>& quoted) {
  std::vector<std::string> result;
  for (const QuotedString& one : quoted) result.push_back(one.pointer);
  return result;
}

using Pointers = std::vector<std::string>;

TEST(QuotedStrings, AreFoundWhereverTheSchemaAsksForThem) {
  SchemaProgram program = program_with_quote();
  program.schemas.resize(6);
  program.schemas[3].array.emplace().items = 2;  // quotes
  program.schemas[4].any_of = {{3, 2}};
  ObjectRule& object = program.schemas[5].object.emplace();
  object.properties = {{"list", 4}, {"a/b~", 2}, {"free", kTrueSchema}};
  object.additional = 5;
  program.root = 5;
  const auto found = quoted_strings(
      program,
      R"({"free": "The cat", "list": ["The cat", "no cat", "dog"], "more": {"a/b~": "cat \u0069s", "list": "sat"}})",
      9);
  EXPECT_EQ(pointers(found), (Pointers{"/list/0", "/list/2", "/more/a~1b~0", "/more/list"}));
  EXPECT_EQ(found[0].found.places, (std::vector<QuotePlace>{{"a", 0, 7, 0, 7}, {"a", 13, 20, 13, 20}}));
  EXPECT_EQ(found[2].found.places, (std::vector<QuotePlace>{{"b", 2, 8, 2, 8}}));
}

TEST(QuotedStrings, TellHowManyPlacesThereAre) {
  SchemaProgram program = program_with_quote();
  program.root = 2;
  const auto found = quoted_strings(program, R"("cat")", 2);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pointer, "");
  EXPECT_EQ(found[0].found.total, 3u);
  EXPECT_EQ(found[0].found.places.size(), 2u);
  EXPECT_TRUE(quoted_strings(program, R"("cats")", 2).empty());
  EXPECT_TRUE(quoted_strings(program, R"("cat)", 2).empty());
}

TEST(QuotedStrings, FollowDeepValuesThroughSchemasThatShareParts) {
  SchemaProgram program = program_with_quote();
  // Each asks the next one twice of the same value: without memory, 2^40 ways to the quote.
  for (SchemaId i = 3; i < 43; ++i) program.schemas.emplace_back().all_of = {i - 1, i - 1};
  program.schemas[2].array.emplace().items = 42;
  program.root = 42;
  const std::string deep = std::string(2'000, '[') + R"("cat")" + std::string(2'000, ']');
  const auto found = quoted_strings(program, deep, 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pointer.size(), 4'000u);
}

TEST(QuotedStrings, OfABareQuoteIsTheWholeText) {
  const auto grammar = compile_quote(documents()->source({}, {}).value());
  const auto found = grammar->quotes("no dog", 3);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].found.places, (std::vector<QuotePlace>{{"b", 9, 15, 9, 15}}));
}

ErrorCode keyword_error(std::string_view json, QuoteDocuments* from) {
  const auto read = read_quote_keyword(json, from);
  return read ? ErrorCode::kInternal : read.error().code;
}

TEST(QuoteKeyword, ChoosesDocumentsAndOptions) {
  const auto from = documents();
  EXPECT_TRUE(read_quote_keyword("true", from.get()));
  const auto places = [&](std::string_view json, std::string_view quote) {
    const auto maker = read_quote_keyword(json, from.get()).value();
    return dynamic_cast<const QuoteLanguageMaker&>(*maker).source().places(quote, 0).total;
  };
  EXPECT_EQ(places("{}", "cat"), 3u);
  EXPECT_EQ(places(R"({"documents": ["b"]})", "cat"), 1u);
  EXPECT_EQ(places(R"({"documents": ["b", "a"]})", "cat"), 3u);
  EXPECT_EQ(places(R"({"boundary": "none"})", "at"), 4u);
  EXPECT_EQ(places(R"({"boundary": "word"})", "at"), 0u);
  EXPECT_EQ(places(R"({"min_chars": 4})", "cat"), 0u);
  EXPECT_EQ(places(R"({"max_chars": 2})", "cat"), 0u);
}

TEST(QuoteKeyword, IndexesOneChoiceOnce) {
  const auto from = documents();
  const auto source_of = [&](std::string_view json) {
    const auto maker = read_quote_keyword(json, from.get()).value();
    return &dynamic_cast<const QuoteLanguageMaker&>(*maker).source();
  };
  const QuoteSource* const all = source_of("true");
  EXPECT_EQ(source_of(R"({"documents": ["b", "a"]})"), all);
  EXPECT_NE(source_of(R"({"documents": ["b"]})"), all);
}

TEST(QuoteKeyword, RefusesWhatItDoesNotKnow) {
  const auto from = documents();
  for (const std::string_view json :
       {"", "false", "[]", "1", R"({"documents": []})", R"({"documents": "a"})", R"({"documents": ["c"]})",
        R"({"documents": ["a", "a"]})", R"({"documents": [1]})", R"({"min_chars": -1})",
        R"({"min_chars": 1.5})", R"({"min_chars": 2, "max_chars": 1})", R"({"min_chars": 100})",
        R"({"boundary": "line"})", R"({"fold_whitespace": 1})", R"({"minchars": 1})"}) {
    EXPECT_EQ(keyword_error(json, from.get()), ErrorCode::kInvalidArgument) << json;
  }
  EXPECT_EQ(keyword_error("true", nullptr), ErrorCode::kInvalidArgument);
  EXPECT_EQ(keyword_error("true", QuoteDocuments::create({}, {}).value().get()), ErrorCode::kInvalidArgument);
  for (int i = 1; i < 16; ++i) {
    ASSERT_EQ(keyword_error(R"({"max_chars": )" + std::to_string(i) + "}", from.get()), ErrorCode::kInternal);
  }
  EXPECT_EQ(keyword_error("true", from.get()), ErrorCode::kInternal);
  EXPECT_EQ(keyword_error(R"({"max_chars": 20})", from.get()), ErrorCode::kResourceLimit);
}

TEST(QuoteDocuments, HaveIdsOfTheirOwn) {
  EXPECT_FALSE(QuoteDocuments::create({{"a", "x"}, {"a", "y"}}, {}));
  EXPECT_FALSE(QuoteDocuments::create({{"", "x"}}, {}));
  EXPECT_FALSE(QuoteDocuments::create({{"a", "\xff"}}, {}));
  const auto digest = [](const char* id, const char* text) {
    return QuoteDocuments::create({{id, text}}, {}).value()->digest();
  };
  EXPECT_EQ(digest("a", "bc"), digest("a", "bc"));
  EXPECT_NE(digest("a", "bc"), digest("ab", "c"));
}

}  // namespace
}  // namespace hearth::grammar
