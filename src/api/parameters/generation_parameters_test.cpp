#include "api/parameters/generation_parameters.h"

#include <cmath>

#include "api/call/api_error.h"
#include "api/parameters/sampler_parameters.h"
#include "api/testing/api_fixture.h"

namespace hearth::api {
namespace {

using testing::json_of;

class GenerationParametersTest : public testing::ApiFixture {
 protected:
  Result<GenerationParameters> read(const Json& body) {
    auto parameters = TRY(Parameters::check(body, openai_parameters(), call));
    auto generation = TRY(read_generation(parameters, call));
    parameters.finish();
    return generation;
  }
  GenerationParameters read_text(std::string_view body) {
    auto parameters = read(json_of(body));
    EXPECT_TRUE(parameters.has_value()) << (parameters ? "" : parameters.error().message);
    return parameters.value_or(GenerationParameters{});
  }
};

TEST_F(GenerationParametersTest, TakesTheModelsDefaults) {
  model.default_sampling.temperature = 0.25f;
  const auto parameters = read_text("{}");
  EXPECT_EQ(parameters.sampling.temperature, 0.25f);
  EXPECT_FALSE(parameters.max_tokens.has_value());
  EXPECT_EQ(parameters.context, 4096u);
  EXPECT_EQ(parameters.num_choices, 1u);
}

TEST_F(GenerationParametersTest, KnowsEveryNameOfTheSampler) {
  const auto parameters = read_text(R"({
    "temperature": 0, "dynatemp_range": 0.5, "dynatemp_exponent": 2, "top_k": -1, "top_p": 0, "min_p": 0.25,
    "typical_p": 0.5, "top_n_sigma": 1.5, "xtc_probability": 0.125, "xtc_threshold": 0.75,
    "repeat_penalty": 1.5, "repeat_last_n": 7, "presence_penalty": -1, "frequency_penalty": 2,
    "dry_multiplier": 0.5, "dry_base": 2, "dry_allowed_length": 3, "dry_penalty_last_n": 9,
    "dry_sequence_breakers": ["x"], "mirostat": 2, "mirostat_tau": 4, "mirostat_eta": 0.5,
    "samplers": ["min_p", "temperature"], "seed": 42})");
  const SamplingParams& sampling = parameters.sampling;
  EXPECT_EQ(sampling.temperature, 0);
  EXPECT_EQ(sampling.top_k, 0);
  EXPECT_GT(sampling.top_p, 0);
  EXPECT_LT(sampling.top_p, 1e-5f);
  EXPECT_EQ(sampling.min_p, 0.25f);
  EXPECT_EQ(sampling.typical_p, 0.5f);
  EXPECT_EQ(sampling.top_n_sigma, 1.5f);
  EXPECT_EQ(sampling.repetition_penalty, 1.5f);
  EXPECT_EQ(sampling.penalty_last_n, 7);
  EXPECT_EQ(sampling.presence_penalty, -1);
  EXPECT_EQ(sampling.dry.sequence_breakers, std::vector<std::string>{"x"});
  EXPECT_TRUE(sampling.mirostat.enabled);
  EXPECT_EQ(sampling.order, (std::vector{SamplerStep::kMinP, SamplerStep::kTemperature}));
  EXPECT_EQ(sampling.seed, 42u);
}

TEST_F(GenerationParametersTest, AnswersEveryOddValueOfEveryNumber) {
  const Json odd[] = {
      -1, 0, 2147483648, 9223372036854775807, 1e308, -1e308, "1", Json::array(), Json::object(), true, 0.5};
  for (const SamplerParameter& number : sampler_numbers()) {
    const Parameter& parameter = number.parameter;
    for (const Json& value : odd) {
      const auto read_value = read({{parameter.name, value}});
      if (read_value) {
        EXPECT_TRUE(validate(read_value->sampling, tokenizer.vocab().size()).has_value()) << parameter.name;
        EXPECT_TRUE(value.is_number()) << parameter.name << " " << value;
      } else {
        EXPECT_EQ(parameter_of(read_value.error()), parameter.name) << value;
      }
    }
  }
}

TEST_F(GenerationParametersTest, CountsTokensByAnyName) {
  EXPECT_EQ(read_text(R"({"max_tokens": 5})").max_tokens, 5u);
  EXPECT_EQ(read_text(R"({"max_tokens": 5, "max_completion_tokens": 7})").max_tokens, 7u);
  EXPECT_EQ(read_text(R"({"n_predict": 3})").max_tokens, 3u);
  EXPECT_EQ(read_text(R"({"max_tokens": 0})").max_tokens, 0u);
  EXPECT_FALSE(read_text(R"({"max_tokens": -1})").max_tokens.has_value());
  EXPECT_FALSE(read(json_of(R"({"max_tokens": -2})")).has_value());
}

TEST_F(GenerationParametersTest, ReadsStops) {
  EXPECT_EQ(read_text(R"({"stop": "a"})").stop, std::vector<std::string>{"a"});
  EXPECT_EQ(read_text(R"({"stop": ["a", "b"]})").stop, (std::vector<std::string>{"a", "b"}));
  for (const char* body :
       {R"({"stop": ""})", R"({"stop": [1]})", R"({"stop": {}})",
        R"({"stop": ["1","2","3","4","5","6","7","8","9","a","b","c","d","e","f","g","h"]})"}) {
    EXPECT_FALSE(read(json_of(body)).has_value()) << body;
  }
}

TEST_F(GenerationParametersTest, BiasesIdsAndTexts) {
  const auto ids = encode("hello");
  const auto by_id = read_text(R"({"logit_bias": {"7": -100, "8": false}})");
  ASSERT_EQ(by_id.sampling.logit_bias.size(), 2u);
  EXPECT_EQ(by_id.sampling.logit_bias[0], std::pair(TokenId(7), -100.0f));
  EXPECT_TRUE(std::isinf(by_id.sampling.logit_bias[1].second));
  const auto by_text = read_text(R"({"logit_bias": [["hello", 2], [9, 3]]})");
  ASSERT_EQ(by_text.sampling.logit_bias.size(), ids.size() + 1);
  EXPECT_EQ(by_text.sampling.logit_bias[0], std::pair(ids[0], 2.0f));
  Json long_texts = Json::array();
  for (size_t i = 0; i < 100; ++i) long_texts.push_back({std::string(250, "xyzq"[i % 4]), 1});
  EXPECT_FALSE(read({{"logit_bias", long_texts}}).has_value());
  for (const char* body :
       {R"({"logit_bias": {"523": 1}})", R"({"logit_bias": {"1": "x"}})", R"({"logit_bias": 1})",
        R"({"logit_bias": [[1]]})", R"({"logit_bias": {"1": true}})", R"({"logit_bias": {"1": 1e30}})",
        R"({"logit_bias": {"": 1}})"}) {
    EXPECT_FALSE(read(json_of(body)).has_value()) << body;
  }
}

TEST_F(GenerationParametersTest, KeepsTheSaltsOfCallersApart) {
  call.cache_salt = "key";
  EXPECT_EQ(read_text("{}").cache_salt, "key");
  const std::string salted = read_text(R"({"cache_salt": "x"})").cache_salt;
  EXPECT_NE(salted, "key");
  call.cache_salt = "ke";
  EXPECT_NE(read_text(R"({"cache_salt": "yx"})").cache_salt, salted);
}

TEST_F(GenerationParametersTest, TakesTheHarmlessAndRefusesTheRest) {
  EXPECT_TRUE(read(json_of(R"({"user": "u", "metadata": {}, "store": true, "keep_alive": "5m", "priority": -3,
                               "stream_options": {"include_usage": true}})"))
                  .has_value());
  for (const char* body :
       {R"({"keep_alive": "soon"})", R"({"keep_alive": {}})", R"({"priority": 1e9})",
        R"({"stream_options": {"surprise": 1}})", R"({"n": 0})", R"({"n": 1000000})",
        R"({"stop_token_ids": [523]})", R"({"stop_token_ids": 1})", R"({"mirostat": 1})",
        R"({"samplers": ["top_k", "top_k"]})", R"({"samplers": "k"})", R"({"bad_words": ["x"]})",
        R"({"dry_sequence_breakers": [""]})", R"({"stream": 1})", R"({"seed": 0.5})"}) {
    EXPECT_FALSE(read(json_of(body)).has_value()) << body;
  }
}

TEST_F(GenerationParametersTest, CutsTheAnswerToTheContextAndTellsChoicesApart) {
  auto parameters = read_text(R"({"num_ctx": 10, "seed": 5, "min_tokens": 100})");
  const GenerateRequest request = make_request(parameters, std::vector<TokenId>{1, 2, 3}, 2);
  EXPECT_EQ(request.max_tokens, 7u);
  EXPECT_EQ(request.min_tokens, 7u);
  EXPECT_EQ(request.sampling.seed, 7u);
  const auto full = check_prompt(std::vector<TokenId>(10, 1), parameters);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, ErrorCode::kContextOverflow);
  EXPECT_FALSE(check_prompt({}, parameters).has_value());
}

TEST_F(GenerationParametersTest, AllowedTokensConstrainEveryChoice) {
  const auto parameters = read_text(R"({"allowed_token_ids": [5, 7, 5], "n": 2})");
  for (size_t choice = 0; choice < 2; ++choice) {
    const GenerateRequest request = make_request(parameters, encode("hello"), choice);
    ASSERT_EQ(request.constraints.size(), 1u);
    TokenMask mask(600);
    ASSERT_TRUE(request.constraints[0]->fill_mask(mask));
    EXPECT_EQ(mask.count(), 2u);
    EXPECT_TRUE(mask.allows(5) && mask.allows(7));
    EXPECT_TRUE(request.constraints[0]->accept(5));
    EXPECT_FALSE(request.constraints[0]->accept(6));
    EXPECT_FALSE(request.constraints[0]->accept(599));
  }
  EXPECT_TRUE(make_request(read_text("{}"), encode("hello"), 0).constraints.empty());
  for (const char* ids : {"[]", "[523]", "[-1]", "5"}) {
    const auto refused = read(json_of(fmt::format(R"({{"allowed_token_ids": {}}})", ids)));
    ASSERT_FALSE(refused.has_value()) << ids;
    EXPECT_TRUE(parameter_of(refused.error()).starts_with("allowed_token_ids")) << refused.error().message;
  }
}

}  // namespace
}  // namespace hearth::api
