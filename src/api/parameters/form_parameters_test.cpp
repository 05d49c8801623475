#include "api/parameters/form_parameters.h"

#include "api/anthropic/messages.h"
#include "api/call/api_error.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"
#include "grammar/mask/testing/toy_automata.h"

// The form of a completion under every name that servers have for it, in every dialect.

namespace hearth::api {
namespace {

using testing::json_of;

/// What a refusal is when it is compiled.
constexpr char kBad[] = "#/properties/a/pattern: there is no such thing";

class Noted final : public grammar::Grammar {
 public:
  explicit Noted(std::vector<std::string> warnings) : warnings_(std::move(warnings)) {}
  std::unique_ptr<grammar::Automaton> make_automaton() const override { return words_->make_automaton(); }
  std::vector<std::string> warnings() const override { return warnings_; }
  size_t memory_size() const override { return 100; }

 private:
  grammar::GrammarPtr words_ = grammar::testing::words_grammar({"a"});
  std::vector<std::string> warnings_;
};

class FormTest : public testing::ApiFixture {
 protected:
  FormTest() { begin(); }

  /// Nothing has been compiled.
  void begin() {
    compiled_.clear();
    model.grammars = std::make_shared<GrammarCache>(
        [this]() -> Result<const Tokenizer*> { return &tokenizer; },
        GrammarCache::Options{.compile = [this](const GrammarSource& source, const auto&,
                                                const auto&) -> Result<grammar::GrammarPtr> {
          compiled_.push_back(source);
          if (source.text == "bad") return fail(ErrorCode::kUnsupported, "{}", kBad);
          if (source.text == "huge") return fail(ErrorCode::kResourceLimit, "too many states");
          return std::make_shared<Noted>(source.strict ? std::vector<std::string>()
                                                       : std::vector<std::string>{"format: left out"});
        }});
  }

  Result<std::unique_ptr<Exchange>> make(std::string_view endpoint, std::string_view more) {
    const auto body = [&](std::string_view needed) {
      return json_of(fmt::format("{{{}, {}}}", needed, more));
    };
    constexpr char kMessages[] = R"("messages": [{"role": "user", "content": "a"}])";
    if (endpoint == "chat") return make_chat_completion(body(kMessages), call);
    if (endpoint == "completion") return make_completion(body(R"("prompt": "a")"), call);
    if (endpoint == "message") {
      return make_anthropic_message(body(fmt::format(R"("max_tokens": 9, {})", kMessages)), call);
    }
    auto made = TRY(make_response(
        body(R"("input": "a")"), call,
        {.recall = [](auto&) { return Json::array(); }, .keep = [](auto&, auto&) { return true; }}));
    return std::move(made.exchange);
  }

  std::vector<GrammarSource> compiled_;
};

constexpr std::string_view kEndpoints[] = {"chat", "completion", "message", "response"};
constexpr char kSchema[] = R"({"type":"array"})";
constexpr char kObject[] = R"({"type": "object"})";

struct Spelling {
  const char* body;
  GrammarKind kind;
  const char* text;
};

constexpr Spelling kSpellings[] = {
    {R"("response_format": {"type": "json_object"})", GrammarKind::kJsonSchema, kObject},
    {R"("response_format": {"type": "json_object", "schema": {"type": "array"}})", GrammarKind::kJsonSchema,
     kSchema},
    {R"("response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "array"}}})",
     GrammarKind::kJsonSchema, kSchema},
    {R"("response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d"}})",
     GrammarKind::kJsonSchema, kObject},
    {R"("response_format": {"type": "json_schema", "schema": {"type": "array"}})", GrammarKind::kJsonSchema,
     kSchema},
    {R"("response_format": {"type": "regex", "pattern": "a+"})", GrammarKind::kRegex, "a+"},
    {R"("response_format": {"type": "grammar", "grammar": "root ::= \"a\""})", GrammarKind::kRules,
     R"(root ::= "a")"},
    {R"("response_format": {"type": "structural_tag", "format": {"type": "any_text"}})",
     GrammarKind::kStructuralTag, R"({"type":"structural_tag","format":{"type":"any_text"}})"},
    {R"("output_format": {"type": "json_schema", "schema": {"type": "array"}})", GrammarKind::kJsonSchema,
     kSchema},
    {R"("structured_outputs": {"json": {"type": "array"}})", GrammarKind::kJsonSchema, kSchema},
    {R"("structured_outputs": {"json": "{\"type\":\"array\"}"})", GrammarKind::kJsonSchema, kSchema},
    {R"("structured_outputs": {"json_object": true})", GrammarKind::kJsonSchema, kObject},
    {R"("structured_outputs": {"regex": "a+", "json_object": false})", GrammarKind::kRegex, "a+"},
    {R"("structured_outputs": {"grammar": "start: \"a\""})", GrammarKind::kRules, R"(start: "a")"},
    {R"("structured_outputs": {"structural_tag": "{}"})", GrammarKind::kStructuralTag, "{}"},
    {R"("guided_json": {"type": "array"})", GrammarKind::kJsonSchema, kSchema},
    {R"("guided_regex": "a+")", GrammarKind::kRegex, "a+"},
    {R"("guided_grammar": "root ::= \"a\"")", GrammarKind::kRules, R"(root ::= "a")"},
    {R"("format": "json")", GrammarKind::kJsonSchema, kObject},
    {R"("format": {"type": "array"})", GrammarKind::kJsonSchema, kSchema},
    {R"("json_schema": {"type": "array"})", GrammarKind::kJsonSchema, kSchema},
    {R"("json_schema": "{\"type\":\"array\"}")", GrammarKind::kJsonSchema, kSchema},
    {R"("regex": "a+")", GrammarKind::kRegex, "a+"},
    {R"("ebnf": "root ::= \"a\"")", GrammarKind::kRules, R"(root ::= "a")"},
    {R"("structural_tag": {"type": "structural_tag"})", GrammarKind::kStructuralTag,
     R"({"type":"structural_tag"})"},
    {R"("grammar": "root ::= \"a\"")", GrammarKind::kRules, R"(root ::= "a")"},
    {R"("grammar": {"type": "json", "value": {"type": "array"}})", GrammarKind::kJsonSchema, kSchema},
    {R"("grammar": {"type": "json_schema", "value": {"name": "n", "schema": {"type": "array"}}})",
     GrammarKind::kJsonSchema, kSchema},
    {R"("grammar": {"type": "regex", "value": "a+"})", GrammarKind::kRegex, "a+"},
    {R"("lark": "start: \"a\"")", GrammarKind::kRules, R"(start: "a")"},
};

TEST_F(FormTest, HasOneMeaningUnderEveryNameInEveryDialect) {
  for (const std::string_view endpoint : kEndpoints) {
    for (const Spelling& spelling : kSpellings) {
      begin();
      const auto made = make(endpoint, spelling.body);
      ASSERT_TRUE(made.has_value()) << endpoint << ' ' << spelling.body << ": " << made.error().message;
      ASSERT_EQ(compiled_.size(), 1u) << endpoint << ' ' << spelling.body;
      EXPECT_EQ(compiled_[0].kind, spelling.kind) << spelling.body;
      EXPECT_EQ(compiled_[0].text, spelling.text) << spelling.body;
      EXPECT_TRUE(compiled_[0].strict);
      for (const GenerateRequest& request : (*made)->take_requests()) {
        EXPECT_EQ(request.constraints.size(), 1u) << endpoint << ' ' << spelling.body;
        EXPECT_TRUE(request.jump_forward);
      }
    }
  }
}

// A schema that a double would round comes to the compiler as it was written.
TEST_F(FormTest, NumbersOfASchemaKeepTheirDigits) {
  struct Place {
    std::string_view endpoint, body;
  };
  static constexpr Place kPlaces[] = {
      {"chat", R"("response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": @}})"},
      {"completion", R"("response_format": {"type": "json_schema", "schema": @})"},
      {"chat", R"("output_format": {"type": "json_schema", "schema": @})"},
      {"message", R"("output_config": {"format": {"type": "json_schema", "schema": @}})"},
      {"response", R"("text": {"format": {"type": "json_schema", "name": "n", "schema": @}})"},
      {"chat", R"("structured_outputs": {"json": @})"},
      {"chat", R"("guided_json": @)"},
      {"completion", R"("json_schema": @)"},
      {"chat", R"("format": @)"},
  };
  static constexpr std::string_view kExact[] = {
      R"({"const": 18446744073709551617})",
      R"({"enum": ["}\"", true, 123456789012345678901234567890]})",
      R"({"const": 0.12345678901234567890123, "title": "\u00e9\n\/"})",
      R"({"multipleOf": 1e-400})",
      R"({"maximum": 1E+999, "minimum": -0})",
  };
  const auto compiled_of = [&](const Place& place, std::string_view schema) {
    begin();
    std::string body(place.body);
    body.replace(body.find('@'), 1, schema);
    const auto made = make(place.endpoint, body);
    EXPECT_TRUE(made) << body << ": " << made.error().message;
    return compiled_.size() == 1 ? compiled_[0].text : "";
  };
  for (const Place& place : kPlaces) {
    for (const std::string_view schema : kExact) EXPECT_EQ(compiled_of(place, schema), schema) << place.body;
    // What survives is read with the body.
    EXPECT_EQ(compiled_of(place, R"({"enum": [true, 0.5, -7, 123456789012345678]})"),
              R"({"enum":[true,0.5,-7,123456789012345678]})");
  }
}

TEST_F(FormTest, OfTheDialectsOwnPlaces) {
  begin();
  ASSERT_TRUE(make("response", R"("text": {"format": {"type": "json_schema", "name": "n",
                                   "schema": {"type": "array"}, "strict": false}})"));
  ASSERT_TRUE(make("message",
                   R"("output_config": {"format": {"type": "json_schema", "schema": {"type": "array"}}})"));
  ASSERT_EQ(compiled_.size(), 2u);
  EXPECT_EQ(compiled_[0].text, kSchema);
  EXPECT_FALSE(compiled_[0].strict);
  EXPECT_EQ(compiled_[1].text, kSchema);
  EXPECT_TRUE(compiled_[1].strict);
}

TEST_F(FormTest, ChoicesAndTheirKin) {
  for (const char* body :
       {R"("structured_outputs": {"choice": ["a", "b"]})", R"("guided_choice": ["a", "b"])"}) {
    begin();
    ASSERT_TRUE(make("chat", body));
    ASSERT_EQ(compiled_.size(), 1u);
    EXPECT_EQ(compiled_[0].kind, GrammarKind::kChoice);
    EXPECT_EQ(compiled_[0].choices, (std::vector<std::string>{"a", "b"}));
  }
}

TEST_F(FormTest, IsNoneWhereNothingIsAskedFor) {
  for (const char* body : {R"("response_format": {"type": "text"})", R"("response_format": null)",
                           R"("structured_outputs": null)", R"("guided_json": "")", R"("guided_regex": "")",
                           R"("guided_grammar": "")", R"("format": "")", R"("json_schema": "")",
                           R"("regex": "")", R"("ebnf": "")", R"("structural_tag": "")", R"("grammar": "")",
                           R"("lark": "")", R"("documents": [])", R"("jump_forward": true)"}) {
    for (const std::string_view endpoint : kEndpoints) {
      const auto made = make(endpoint, body);
      ASSERT_TRUE(made.has_value()) << endpoint << ' ' << body << ": " << made.error().message;
      EXPECT_TRUE((*made)->take_requests()[0].constraints.empty());
    }
  }
  EXPECT_TRUE(compiled_.empty());
}

TEST_F(FormTest, AFormThatIsEmptyIsRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("structured_outputs": {})", "structured_outputs"},
      {R"("structured_outputs": {"json_object": false})", "structured_outputs"},
      {R"("structured_outputs": {"choice": []})", "structured_outputs.choice"},
      {R"("structured_outputs": {"regex": ""})", "structured_outputs.regex"},
      {R"("structured_outputs": {"grammar": ""})", "structured_outputs.grammar"},
      {R"("guided_choice": [])", "guided_choice"},
      {R"("response_format": {"type": "regex"})", "response_format.regex"},
      {R"("response_format": {"type": "regex", "pattern": ""})", "response_format.pattern"},
      {R"("response_format": {"type": "grammar"})", "response_format.grammar"},
  };
  for (const auto& [body, name] : cases) {
    for (const std::string_view endpoint : kEndpoints) {
      const auto made = make(endpoint, body);
      if (endpoint == "response" && std::string_view(body).find("response_format") != std::string_view::npos)
        continue;
      ASSERT_FALSE(made.has_value()) << endpoint << ' ' << body;
      EXPECT_EQ(parameter_of(made.error()), name) << endpoint << ' ' << body;
    }
  }
  EXPECT_TRUE(compiled_.empty());
}

TEST_F(FormTest, TwoAtOnceAreRefusedByBothNames) {
  const std::pair<const char*, std::pair<const char*, const char*>> cases[] = {
      {R"("regex": "a", "format": "json")", {"regex", "format"}},
      {R"("structured_outputs": {"regex": "a", "choice": ["b"]})",
       {"structured_outputs.choice", "structured_outputs.regex"}},
      {R"("response_format": {"type": "json_object"}, "guided_json": {})",
       {"guided_json", "response_format"}},
      {R"("grammar": "a", "lark": "b")", {"lark", "grammar"}},
      {R"("output_config": {"format": {"type": "json_object"}}, "regex": "a")",
       {"output_config.format", "regex"}},
  };
  for (const auto& [body, names] : cases) {
    const auto made = make("chat", body);
    ASSERT_FALSE(made.has_value()) << body;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parameter_of(made.error()), names.first);
    EXPECT_NE(made.error().message.find(names.second), std::string::npos) << made.error().message;
  }
  const auto both = make("response", R"("text": {"format": {"type": "json_object"}}, "regex": "a")");
  ASSERT_FALSE(both.has_value());
  EXPECT_EQ(parameter_of(both.error()), "text.format");
  EXPECT_TRUE(compiled_.empty());
}

TEST_F(FormTest, WhatCannotBeCompiledIsRefusedByParameterAndPlace) {
  for (const std::string_view endpoint : kEndpoints) {
    const auto bad = make(endpoint, R"("guided_json": "bad")");
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(http_status(bad.error()), 400);
    EXPECT_EQ(bad.error().message, fmt::format("guided_json: {}", kBad));
    const auto huge = make(endpoint, R"("structured_outputs": {"regex": "huge"})");
    ASSERT_FALSE(huge.has_value());
    EXPECT_EQ(http_status(huge.error()), 400);
    EXPECT_EQ(parameter_of(huge.error()), "structured_outputs.regex");
  }
  for (const char* body :
       {R"("response_format": {"type": "json_schema"})", R"("response_format": {"type": "poem"})",
        R"("structured_outputs": {"whitespace_pattern": "x"})", R"("format": "xml")",
        R"("grammar": {"type": "regex", "value": 5})", R"("json_whitespace": "much")",
        R"("documents": [{"id": "a"}])", R"("documents": [{"id": "a", "text": "b"}])",
        R"("documents": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}])"}) {
    const auto made = make("chat", body);
    ASSERT_FALSE(made.has_value()) << body;
    EXPECT_EQ(http_status(made.error()), 400) << body;
  }
  model.grammars = nullptr;
  EXPECT_EQ(make("chat", R"("regex": "a")").error().code, ErrorCode::kUnsupported);
}

TEST_F(FormTest, OptionsReachTheGrammar) {
  using Whitespace = grammar::JsonForm::Whitespace;
  using Order = grammar::JsonForm::Order;
  begin();
  ASSERT_TRUE(make("chat", R"("format": "json")"));
  ASSERT_TRUE(make("chat", R"("format": "json", "json_whitespace": "spaced", "json_property_order": "any")"));
  ASSERT_TRUE(make("chat", R"("structured_outputs": {"json": {}, "disable_any_whitespace": true})"));
  ASSERT_TRUE(make("chat", R"("format": "json", "documents": [{"id": "a", "text": "b"}])"));
  ASSERT_EQ(compiled_.size(), 4u);
  EXPECT_EQ(compiled_[0].form.whitespace, Whitespace::kFlexible);
  EXPECT_EQ(compiled_[0].form.order, Order::kSchema);
  EXPECT_EQ(compiled_[1].form.whitespace, Whitespace::kSpaced);
  EXPECT_EQ(compiled_[1].form.order, Order::kAny);
  EXPECT_EQ(compiled_[2].form.whitespace, Whitespace::kCompact);
  ASSERT_NE(compiled_[3].documents, nullptr);
  EXPECT_EQ(compiled_[3].documents->size(), 1u);
}

TEST_F(FormTest, EachChoiceHasAConstraintOfItsOwnAndOneGrammar) {
  begin();
  const auto made = make("chat", R"("regex": "a", "n": 3, "jump_forward": false)");
  ASSERT_TRUE(made.has_value());
  const auto requests = (*made)->take_requests();
  ASSERT_EQ(requests.size(), 3u);
  for (const GenerateRequest& request : requests) {
    EXPECT_EQ(request.constraints.size(), 1u);
    EXPECT_FALSE(request.jump_forward);
  }
  EXPECT_EQ(compiled_.size(), 1u);
}

TEST_F(FormTest, ABudgetIsCheckedAgainstTheShortestText) {
  // "a" and the end of the turn.
  for (const auto& [endpoint, name] :
       {std::pair("chat", "max_tokens"), {"completion", "max_tokens"}, {"response", "max_output_tokens"}}) {
    const auto with = [&](int count) {
      return make(endpoint,
                  fmt::format(R"("format": "json", "close_in_budget": true, "{}": {})", name, count));
    };
    EXPECT_TRUE(with(2)) << endpoint;
    const auto refused = with(1);
    ASSERT_FALSE(refused.has_value()) << endpoint;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parameter_of(refused.error()), "close_in_budget") << refused.error().message;
  }
}

TEST_F(FormTest, IsForWhatFollowsTheThoughtsOfAChat) {
  model.reasoning.start = "<think>";
  model.reasoning.end = "</think>";
  const std::vector<TokenId> thought = encode("<think>a {b} c</think>"), answer = encode("a");
  for (const std::string_view endpoint : kEndpoints) {
    const auto made = make(endpoint, R"("format": "json")");
    ASSERT_TRUE(made.has_value());
    const auto requests = (*made)->take_requests();
    TokenConstraint& constraint = *requests[0].constraints[0];
    const bool is_chat = endpoint != "completion";
    size_t num_accepted = 0;
    for (const TokenId id : thought) num_accepted += size_t(constraint.accept(id));
    EXPECT_EQ(num_accepted == thought.size(), is_chat) << endpoint;
    if (is_chat) EXPECT_TRUE(constraint.accept(answer[0])) << endpoint;
    const auto bounded = make(endpoint, R"("format": "json", "close_in_budget": true)");
    EXPECT_EQ(bounded.has_value(), !is_chat) << endpoint;
  }
}

TEST_F(FormTest, WarningsStandInTheResponseAndAtTheEndOfItsStream) {
  constexpr char kTolerant[] =
      R"("response_format": {"type": "json_schema", "json_schema": {"schema": {}, "strict": false}})";
  const Json expected = Json::array({"format: left out"});
  for (const std::string_view endpoint : kEndpoints) {
    const auto whole = make(endpoint, kTolerant);
    ASSERT_TRUE(whole.has_value());
    (*whole)->accept(said(0, "a", 66));
    (*whole)->accept(ended(0, FinishReason::kStop));
    EXPECT_EQ((*(*whole)->body())["warnings"], expected) << endpoint;

    const auto streamed = make(endpoint, fmt::format(R"({}, "stream": true)", kTolerant));
    ASSERT_TRUE(streamed.has_value());
    for (const StreamFrame& frame : (*streamed)->begin())
      EXPECT_EQ(frame.data.find("warnings"), std::string::npos);
    std::string last;
    for (const StreamFrame& frame : (*streamed)->accept(ended(0, FinishReason::kStop))) {
      if (frame.data.find("warnings") != std::string::npos) last = frame.data;
    }
    EXPECT_NE(last.find("format: left out"), std::string::npos) << endpoint;

    const auto exact = make(endpoint, R"("format": "json")");
    (*exact)->accept(ended(0, FinishReason::kStop));
    EXPECT_FALSE((*exact)->body()->contains("warnings"));
  }
}

TEST_F(FormTest, SchemasMayBeLargerThanOtherObjects) {
  std::string wide = R"({"type": "object", "properties": {)", deep = R"({"type": "string"})";
  for (int i = 0; i < 5000; ++i)
    wide += fmt::format(R"({}"p{}": {{"type": "integer"}})", i == 0 ? "" : ", ", i);
  wide += "}}";
  for (int i = 0; i < 60; ++i) deep = R"({"type": "array", "items": )" + deep + "}";
  for (const std::string& schema : {wide, deep}) {
    for (const std::string_view name : {"format", "guided_json", "json_schema"}) {
      const auto made = make("chat", fmt::format(R"("{}": {})", name, schema));
      EXPECT_TRUE(made.has_value()) << name << made.error().message;
    }
    EXPECT_TRUE(
        make("message",
             fmt::format(R"("output_config": {{"format": {{"type": "json_schema", "schema": {}}}}})", schema))
            .has_value());
  }
}

TEST_F(FormTest, ALimitThatIsReachedWhileItRunsIs422) {
  const Error limit{ErrorCode::kResourceLimit, "the grammar ran out of fuel", "make it simpler"};
  for (const std::string_view endpoint : kEndpoints) {
    const auto made = make(endpoint, R"("format": "json", "stream": true)");
    ChoiceEvent event = ended(0, FinishReason::kError);
    event.result->error = limit;
    const auto frames = (*made)->accept(event);
    ASSERT_FALSE(frames.empty());
    EXPECT_NE(frames.back().data.find("ran out of fuel"), std::string::npos) << endpoint;
  }
  EXPECT_EQ(run_error(limit).status, 422);
  EXPECT_EQ(run_error(limit).code, "grammar_limit");
  EXPECT_EQ(run_error({ErrorCode::kOverloaded, "", ""}).status, 503);
}

}  // namespace
}  // namespace hearth::api
