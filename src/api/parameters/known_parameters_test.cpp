#include "api/parameters/known_parameters.h"

#include <set>

#include "api/anthropic/messages.h"
#include "api/call/api_error.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/responses.h"
#include "api/testing/api_fixture.h"

// What clients and routers send by themselves, recorded from them, is taken; what would change the response
// is refused by name.

namespace hearth::api {
namespace {

using testing::json_of;

class KnownParametersTest : public testing::ApiFixture {
 protected:
  Status chat(std::string_view more) {
    return parse(make_chat_completion, R"("messages": [{"role": "user", "content": "a"}])", more);
  }
  Status completion(std::string_view more) { return parse(make_completion, R"("prompt": "a")", more); }
  Status message(std::string_view more) {
    return parse(make_anthropic_message, R"("max_tokens": 4, "messages": [{"role": "user", "content": "a"}])",
                 more);
  }
  Status response(std::string_view more) {
    const auto make = [](const Json& body, const ApiCall& the_call) {
      return make_response(body, the_call, {.recall = [](auto&) { return Json::array(); }, .keep = {}});
    };
    return parse(make, R"("input": "a")", more);
  }

 private:
  template <class Make>
  Status parse(Make make, std::string_view needed, std::string_view more) {
    const auto made = make(json_of(fmt::format("{{{}{}{}}}", needed, more.empty() ? "" : ", ", more)), call);
    if (!made) return std::unexpected(made.error());
    return {};
  }
};

bool is_taken(const KnownParameter& parameter, const Json& value) {
  return check_value(schema_of(parameter), value, "x", 0).has_value();
}

TEST_F(KnownParametersTest, AreWellFormedAndNamedOnce) {
  std::set<std::string_view> names;
  for (const KnownParameter& parameter : known_parameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
    EXPECT_EQ(parameter.taken.empty(), parameter.why.empty()) << parameter.name;
    if (!parameter.taken.empty()) EXPECT_TRUE(json_of(parameter.taken).is_array()) << parameter.name;
    EXPECT_TRUE(chat(fmt::format(R"("{}": null)", parameter.name))) << parameter.name;
  }
}

TEST_F(KnownParametersTest, AreTakenByTheirNeutralValuesAndNoOthers) {
  for (const KnownParameter& parameter : known_parameters()) {
    const std::string name(parameter.name);
    if (parameter.taken.empty()) continue;
    for (const Json& value : json_of(parameter.taken)) {
      EXPECT_TRUE(is_taken(parameter, value)) << name << value;
    }
    for (const Json& other :
         {Json("something else"), Json(17), Json::array({17}), Json{{"something", "else"}}}) {
      EXPECT_FALSE(is_taken(parameter, other)) << name << other;
    }
  }
  const KnownParameter* choice = find_known_parameter("tool_choice");
  ASSERT_NE(choice, nullptr);
  EXPECT_TRUE(is_taken(*choice, json_of(R"({"disable_parallel_tool_use": true, "type": "auto"})")));
  EXPECT_FALSE(is_taken(*choice, json_of(R"({"type": "auto", "name": "f"})")));
  EXPECT_TRUE(is_taken(*find_known_parameter("length_penalty"), Json(1.0)));
}

TEST_F(KnownParametersTest, OfAllRoutersAreTaken) {
  constexpr char kVllmRouter[] =
      R"("stream": false, "no_stop_trim": false, "ignore_eos": false, "skip_special_tokens": true,
         "return_hidden_states": false)";
  constexpr char kOfChats[] =
      R"("logprobs": false, "continue_final_message": false, "separate_reasoning": true,
         "stream_reasoning": true, "include_reasoning": true, "tools": [])";
  EXPECT_TRUE(chat(fmt::format("{}, {}", kVllmRouter, kOfChats)));
  EXPECT_TRUE(completion(fmt::format(R"({}, "echo": false)", kVllmRouter)));
  // SGLang's gateway.
  EXPECT_TRUE(chat(R"("logprobs": false, "tool_choice": "none", "tools": [], "temperature": 0.5)"));
  EXPECT_TRUE(completion(R"("echo": false, "logprobs": false)"));
  EXPECT_TRUE(response(R"("store": true, "temperature": 1.0, "priority": 0, "top_k": -1, "min_p": 0.0,
                          "repetition_penalty": 1.0)"));
}

TEST_F(KnownParametersTest, OfVllmAndSglangAreTakenByTheirDefaults) {
  constexpr char kBoth[] =
      R"("use_beam_search": false, "length_penalty": 1.0, "stop_token_ids": [], "min_tokens": 0,
         "include_stop_str_in_output": false, "spaces_between_special_tokens": true, "bad_words": [],
         "truncate_prompt_tokens": null, "allowed_token_ids": null, "prompt_logprobs": null, "request_id": "r",
         "return_tokens_as_token_ids": false, "return_token_ids": false, "kv_transfer_params": null,
         "rid": ["a"], "bootstrap_host": null, "bootstrap_port": null, "bootstrap_room": null,
         "data_parallel_rank": null, "lora_path": null, "session_params": null, "stop_regex": null,
         "return_routed_experts": false, "custom_params": {}, "regex": null, "ebnf": null, "priority": 0)";
  EXPECT_TRUE(chat(kBoth));
  EXPECT_TRUE(completion(kBoth));
}

TEST_F(KnownParametersTest, OfAgentsAreTaken) {
  // Codex.
  EXPECT_TRUE(response(
      R"("instructions": "be", "tools": [], "tool_choice": "auto", "parallel_tool_calls": false,
         "reasoning": {"effort": "medium", "summary": "auto"}, "store": false, "stream": true,
         "include": ["reasoning.encrypted_content"], "prompt_cache_key": "k", "service_tier": "priority",
         "text": {"verbosity": "low", "format": {"type": "text"}}, "client_metadata": {"x": "y"},
         "context_management": [{"type": "compaction", "compact_threshold": 1000}], "truncation": "disabled")"));
  // Claude Code.
  EXPECT_TRUE(message(
      R"("tools": [], "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}, "stream": true,
         "metadata": {"user_id": "u"}, "thinking": {"type": "adaptive", "display": "omitted"}, "temperature": 1,
         "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
         "output_config": {"effort": "high"}, "betas": ["a"], "speed": "standard",
         "cache_control": {"type": "ephemeral"}, "service_tier": "auto", "container": null)"));
  EXPECT_TRUE(chat(
      R"("user": "u", "metadata": {}, "store": true, "service_tier": "auto", "safety_identifier": "s",
         "prompt_cache_key": "k", "prompt_cache_retention": "24h", "response_format": {"type": "text"},
         "tool_choice": "auto", "functions": [], "function_call": "auto", "modalities": ["text"],
         "reasoning_effort": "low", "verbosity": "high", "prediction": {"type": "content", "content": "x"},
         "stream_options": {"include_usage": true, "continuous_usage_stats": false}, "id_slot": -1,
         "cache_prompt": true, "n_probs": 0, "lora": [], "grammar": "", "return_progress": false,
         "samplers": ["top_k"], "truncate": true, "usage": {"include": true}, "audio": null)"));
}

TEST_F(KnownParametersTest, AreRefusedByNameWhereTheyWouldChangeTheResponse) {
  const std::pair<const char*, const char*> cases[] = {
      {"no_stop_trim", "true"},
      {"return_hidden_states", "true"},
      {"include_stop_str_in_output", "true"},
      {"bootstrap_room", "5"},
      {"lora_path", R"("a")"},
      {"chat_template", R"("{{ messages }}")"},
      {"truncate_prompt_tokens", "5"},
      {"use_beam_search", "true"},
      {"prompt_logprobs", "0"},
      {"grammar_lazy", "true"},
      {"web_search_options", "{}"},
      {"audio", R"({"voice": "a"})"},
      {"echo", "true"},
  };
  for (const auto& [name, value] : cases) {
    const auto refused = chat(fmt::format(R"("{}": {})", name, value));
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported) << name;
    EXPECT_EQ(parameter_of(refused.error()), name);
    EXPECT_FALSE(refused.error().hint.empty()) << name;
  }
}

TEST_F(KnownParametersTest, AreNoExcuseForMisspelling) {
  const auto refused = chat(R"("temprature": 0.5)");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(parameter_of(refused.error()), "temprature");
  EXPECT_NE(refused.error().hint.find("did you mean temperature"), std::string::npos) << refused.error().hint;
  EXPECT_EQ(chat(R"("qqqq": 1)").error().hint.find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace hearth::api
