#include "api/openai/response_echo.h"

#include "api/call/api_call.h"
#include "api/parameters/parameter_reader.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxPairs = 16;
constexpr size_t kMaxKeySize = 64;     ///< characters
constexpr size_t kMaxValueSize = 512;  ///< characters

constexpr Schema kPair[] = {Schema::text(0, kMaxValueSize), Schema::text(0, kMaxKeySize)};
constexpr Schema kName = Schema::text(0, kMaxNameSize);
constexpr char kRepeated[] = "Repeated in the response.";

constexpr Parameter kEchoed[] = {
    {"metadata", Schema::map(kPair, kMaxPairs), kRepeated},
    {"user", kName, kRepeated},
    {"safety_identifier", kName, kRepeated},
    {"prompt_cache_key", kName, kRepeated},
    {"service_tier", kName, "Left aside."},
    {"parallel_tool_calls", Schema::boolean(), kRepeated},
    {"max_tool_calls", Schema::integer(1, kMaxTokenCount), kRepeated},
};

/// A parameter as it was given, or what holds without it.
Json given(const Json& request, const char* name, const Json& otherwise) {
  const auto found = request.find(name);
  return found == request.end() || found->is_null() ? otherwise : *found;
}

Json given_integer(const Json& request, const char* name, const Json& otherwise) {
  const auto number = as_integer(given(request, name, nullptr));
  return number ? Json(*number) : otherwise;
}

/// The options of the text, all of them.
Json text_json(const Json& request) {
  const Json text = given(request, "text", Json::object());
  return {{"format", given(text, "format", {{"type", "text"}})},
          {"verbosity", given(text, "verbosity", "medium")}};
}

Json reasoning_json(const Json& request) {
  const Json reasoning = given(request, "reasoning", Json::object());
  const Json summary = given(reasoning, "summary", nullptr);
  const bool is_known = summary == "auto" || summary == "concise" || summary == "detailed";
  return {{"effort", given(reasoning, "effort", nullptr)}, {"summary", is_known ? summary : Json(nullptr)}};
}

}  // namespace

ParameterList echoed_parameters() { return {kEchoed}; }

void read_echoed(Parameters& parameters) {
  for (const Parameter& parameter : kEchoed) parameters.find(parameter.name);
}

Json echo_json(const Json& request, const GenerationParameters& parameters, const ApiModel& model) {
  const SamplingParams& sampling = parameters.sampling;
  return {{"background", given(request, "background", false)},
          {"frequency_penalty", given(request, "frequency_penalty", float_json(sampling.frequency_penalty))},
          {"instructions", given(request, "instructions", nullptr)},
          {"max_output_tokens", given_integer(request, "max_output_tokens", nullptr)},
          {"max_tool_calls", given_integer(request, "max_tool_calls", nullptr)},
          {"metadata", given(request, "metadata", Json::object())},
          {"model", model.id},
          {"parallel_tool_calls", given(request, "parallel_tool_calls", true)},
          {"presence_penalty", given(request, "presence_penalty", float_json(sampling.presence_penalty))},
          {"previous_response_id", given(request, "previous_response_id", nullptr)},
          {"prompt_cache_key", given(request, "prompt_cache_key", nullptr)},
          {"reasoning", reasoning_json(request)},
          {"safety_identifier", given(request, "safety_identifier", nullptr)},
          {"service_tier", "default"},
          {"store", given(request, "store", true)},
          {"temperature", given(request, "temperature", float_json(sampling.temperature))},
          {"text", text_json(request)},
          {"tool_choice", given(request, "tool_choice", "auto")},
          {"tools", given(request, "tools", Json::array())},
          {"top_logprobs", given_integer(request, "top_logprobs", 0)},
          {"top_p", given(request, "top_p", float_json(sampling.top_p))},
          {"truncation", given(request, "truncation", "disabled")},
          {"user", given(request, "user", nullptr)}};
}

}  // namespace hearth::api
