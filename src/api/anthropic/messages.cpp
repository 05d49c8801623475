#include "api/anthropic/messages.h"

#include "api/anthropic/content_blocks.h"
#include "api/anthropic/prompt.h"
#include "api/call/api_error.h"
#include "api/call/choices.h"
#include "api/dialects/anthropic.h"
#include "api/parameters/generation_parameters.h"
#include "api/prompt/model_hints.h"
#include "api/prompt/model_preset.h"
#include "api/tools/call_check.h"
#include "api/tools/chat_tools.h"

namespace hearth::api {
namespace {

struct MessageCall {
  Choices::Check check;
  std::string id, model;
  GenerationParameters parameters;
  Prompt prompt;
  CompletionReading reading;
};

/// What was not in the cache counts as input, the rest as read from it.
Json usage_json(const Usage& usage) {
  return {{"input_tokens", usage.num_prompt_tokens - usage.num_cached_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", usage.num_cached_tokens},
          {"output_tokens", usage.num_generated_tokens}};
}

std::string_view stop_reason(const Choice& choice) {
  const GenerateResult& result = *choice.result;
  if (result.reason == FinishReason::kLength || ends_in_thought(choice)) return "max_tokens";
  if (calls_tools(choice)) return "tool_use";
  return result.stop.empty() ? "end_turn" : "stop_sequence";
}

Json stop_sequence(const GenerateResult& result) {
  return result.stop.empty() ? Json(nullptr) : Json(result.stop);
}

StreamFrame frame(const Json& data) { return anthropic_frame(data); }

class MessageExchange final : public Exchange {
 public:
  explicit MessageExchange(MessageCall call) : call_(std::move(call)), choices_(1, "toolu_") {
    choices_.check_with(std::move(call_.check));
  }

  const std::string& id() const override { return call_.id; }
  bool streams() const override { return call_.parameters.stream; }
  const Dialect& dialect() const override { return *dialect_anthropic(); }
  std::vector<std::string> notes() const override { return call_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    requests.push_back(make_request(call_.parameters, call_.prompt, 0));
    call_.reading.apply(requests.back());
    return requests;
  }

  std::vector<StreamFrame> begin() override {
    const Usage usage = {.num_prompt_tokens = call_.prompt.size()};
    std::vector<StreamFrame> frames = {
        frame({{"type", "message_start"},
               {"message", message(Json::array(), nullptr, nullptr, usage_json(usage))}})};
    // Where a completion has parts of several kinds, the first says which block comes.
    if (!call_.reading.has_parts()) blocks_.open({.kind = PartKind::kContent, .text = {}}, "", frames);
    frames.push_back(*dialect().keep_alive());
    return frames;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    std::vector<StreamFrame> frames;
    if (!streams()) return frames;
    for (const OutputPart& part : event.parts) {
      blocks_.add(part, choices_.choice(0).tool_calls, frames);
    }
    if (event.result) end_stream(choices_.choice(0), frames);
    return frames;
  }

  Result<Json> body() override {
    if (auto error = choices_.error()) return std::unexpected(std::move(*error));
    const Choice& choice = choices_.choice(0);
    Json body = message(content_blocks_json(choice), stop_reason(choice), stop_sequence(*choice.result),
                        usage_json(choice.result->usage));
    add_warnings(call_.parameters.form, body);
    add_completion_warnings(*choice.result, body);
    add_input_warnings(choice, body);
    add_quotes(call_.parameters.form, choice.text(), body);
    return body;
  }

 private:
  Json message(Json content, Json reason, Json sequence, Json usage) const {
    return {{"id", call_.id},
            {"type", "message"},
            {"role", "assistant"},
            {"model", call_.model},
            {"content", std::move(content)},
            {"stop_reason", std::move(reason)},
            {"stop_sequence", std::move(sequence)},
            {"usage", std::move(usage)}};
  }

  void end_stream(const Choice& choice, std::vector<StreamFrame>& frames) {
    const GenerateResult& result = *choice.result;
    if (const auto error = error_of(result)) {
      frames.push_back(error_frame(run_error(*error)));
      return;
    }
    blocks_.end(frames);
    Json delta = {{"type", "message_delta"},
                  {"delta", {{"stop_reason", stop_reason(choice)}, {"stop_sequence", stop_sequence(result)}}},
                  {"usage", usage_json(result.usage)}};
    add_warnings(call_.parameters.form, delta);
    add_completion_warnings(result, delta);
    add_quotes(call_.parameters.form, choice.text(), delta);
    frames.push_back(frame(delta));
    frames.push_back(frame({{"type", "message_stop"}}));
  }

  MessageCall call_;
  Choices choices_;
  ContentBlockStream blocks_;
};

constexpr Parameter kParameters[] = {
    {.name = "max_tokens",
     .schema = Schema::integer(1, kMaxTokenCount),
     .description = "The longest completion.",
     .required = true},
    {"stop_sequences", kStops, "Texts that end the completion and are not part of it."},
    {"stream", Schema::boolean(), "Sends the response as server-sent events.", "false"},
};

Result<ChatPrompt> read_prompt(Parameters& parameters, const ApiCall& call) {
  ChatPrompt prompt = TRY(read_anthropic_prompt(parameters));
  prompt.messages = with_preset(*call.model, std::move(prompt.messages));
  read_model_hints(parameters, *call.model, prompt);
  return prompt;
}

}  // namespace

ParameterList anthropic_count_parameters() {
  ParameterList list = {kModelName};
  list.add(anthropic_prompt_parameters());
  list.add(hint_parameters());
  list.add(anthropic_tool_parameters());
  return list;
}

ParameterList anthropic_message_parameters() {
  ParameterList list = {kParameters};
  list.add(anthropic_count_parameters());
  list.add(common_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_anthropic_message(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, anthropic_message_parameters(), call));
  MessageCall message;
  message.parameters = TRY(read_common_generation(parameters, call));
  ChatPrompt prompt = TRY(read_prompt(parameters, call));
  const ToolRequest tools = TRY(read_anthropic_tools(parameters));
  message.parameters.max_tokens = size_t(*parameters.integer("max_tokens"));
  message.parameters.stop = read_stops(parameters, "stop_sequences");
  message.parameters.stream = parameters.flag("stream");
  message.parameters.add_notes(std::move(prompt.notes));
  TRY(read_output_config_form(parameters, message.parameters.form));
  parameters.finish();
  TRY(hold_to_tools(tools, *call.model, message.parameters.form));
  offer_tools(tools, *call.model, prompt);
  TRY(compile_form(message.parameters.form, call));
  message.prompt = TRY(encode_chat(prompt, call));
  TRY(about("messages", check_prompt(message.prompt, message.parameters)));
  TRY(set_reasoning(message.parameters.form, message.prompt, *call.model));
  message.reading = TRY(CompletionReading::create(tools, *call.model, message.prompt, prompt.thoughts));
  message.check = argument_check(tools);
  message.id = random_id("msg_");
  message.model = call.model->id;
  return std::make_unique<MessageExchange>(std::move(message));
}

Result<Json> count_anthropic_tokens(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, anthropic_count_parameters(), call));
  ChatPrompt prompt = TRY(read_prompt(parameters, call));
  const ToolRequest tools = TRY(read_anthropic_tools(parameters));
  parameters.finish();
  offer_tools(tools, *call.model, prompt);
  return Json{{"input_tokens", TRY(encode_chat(prompt, call)).size()}};
}

}  // namespace hearth::api
