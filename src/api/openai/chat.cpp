#include "api/openai/chat.h"

#include <algorithm>
#include <span>

#include "api/call/api_error.h"
#include "api/call/logprobs.h"
#include "api/dialects/openai.h"
#include "api/openai/envelope.h"
#include "api/prompt/chat_prompt.h"
#include "api/tools/call_check.h"
#include "api/tools/chat_tools.h"

namespace hearth::api {
namespace {

struct ChatCall {
  Choices::Check check;
  const Tokenizer* tokenizer = nullptr;
  GenerationParameters parameters;
  Prompt prompt;
  CompletionReading reading;
  bool logprobs = false;
};

class ChatExchange final : public Exchange {
 public:
  ChatExchange(ChatCall call, OpenAiEnvelope envelope)
      : call_(std::move(call)), envelope_(std::move(envelope)), choices_(call_.parameters.num_choices) {
    choices_.check_with(std::move(call_.check));
  }

  const std::string& id() const override { return envelope_.id(); }
  bool streams() const override { return call_.parameters.stream; }
  const Dialect& dialect() const override { return *dialect_openai(); }
  std::vector<std::string> notes() const override { return call_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      requests.push_back(make_request(call_.parameters, call_.prompt, i));
      call_.reading.apply(requests.back());
    }
    return requests;
  }

  std::vector<StreamFrame> begin() override {
    std::vector<StreamFrame> frames;
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      frames.push_back(chunk(i, {{"role", "assistant"}, {"content", ""}}, nullptr));
    }
    return frames;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    std::vector<StreamFrame> frames;
    if (!streams()) return frames;
    const auto tokens = spoken_tokens(event.tokens, event.result);
    for (Json& delta : deltas(event)) {
      // The tokens of an event are not told apart: they go with its first part.
      const auto of_delta = frames.empty() ? tokens : std::span<const SampledToken>();
      frames.push_back(chunk(event.choice, std::move(delta), logprobs_json(of_delta)));
    }
    if (frames.empty() && call_.logprobs && !tokens.empty()) {
      frames.push_back(chunk(event.choice, {{"content", ""}}, logprobs_json(tokens)));
    }
    if (const auto error = choices_.error_of_all()) {
      frames.push_back(error_frame(run_error(*error)));
      return frames;
    }
    if (event.result) {
      frames.push_back(chunk(event.choice, Json::object(), nullptr, choices_.choice(event.choice).result));
    }
    if (choices_.done()) envelope_.add_usage(usage(), frames);
    return frames;
  }

  Result<Json> body() override {
    if (auto error = choices_.error_of_all()) return std::unexpected(std::move(*error));
    Json choices = Json::array();
    for (size_t i = 0; i < choices_.num_choices(); ++i) choices.push_back(choice_json(i));
    Json body = envelope_.body(std::move(choices), usage(), *choices_.choice(0).result);
    for (size_t i = 0; i < choices_.num_choices(); ++i)
      add_completion_warnings(*choices_.choice(i).result, body);
    return body;
  }

 private:
  Usage usage() const { return total_usage(choices_, choices_.num_choices()); }

  Json logprobs_json(std::span<const SampledToken> tokens) const {
    if (!call_.logprobs) return nullptr;
    return {{"content", chat_logprobs(*call_.tokenizer, tokens)}, {"refusal", nullptr}};
  }

  /// One for each part of an event that was taken in.
  std::vector<Json> deltas(const ChoiceEvent& event) const {
    const std::vector<ToolCall>& calls = choices_.choice(event.choice).tool_calls;
    const auto begins_call = [](const OutputPart& part) { return part.kind == PartKind::kToolName; };
    size_t num_begun = calls.size() - size_t(std::ranges::count_if(event.parts, begins_call));
    std::vector<Json> deltas;
    for (const OutputPart& part : event.parts) {
      if (part.kind == PartKind::kContent) {
        deltas.push_back({{"content", part.text}});
      } else if (part.kind == PartKind::kReasoning) {
        deltas.push_back({{"reasoning_content", part.text}, {"reasoning", part.text}});
      } else {
        Json call;
        if (begins_call(part)) {
          const std::string& id = calls[num_begun].id;
          call = {{"index", num_begun++},
                  {"id", id},
                  {"type", "function"},
                  {"function", {{"name", part.text}, {"arguments", ""}}}};
        } else {
          call = {{"index", num_begun - 1}, {"function", {{"arguments", part.text}}}};
        }
        deltas.push_back({{"tool_calls", Json::array({std::move(call)})}});
      }
    }
    return deltas;
  }

  static std::string_view finish_reason_of(const Choice& choice) {
    if (ends_in_thought(choice)) return "length";
    return calls_tools(choice) ? "tool_calls" : finish_reason(*choice.result);
  }

  Json choice_json(size_t index) const {
    const Choice& choice = choices_.choice(index);
    Json message = assistant_message_json(choice);
    message["refusal"] = nullptr;
    Json json = {{"index", index},
                 {"message", std::move(message)},
                 {"logprobs", logprobs_json(spoken_tokens(choice.tokens, choice.result))},
                 {"finish_reason", finish_reason_of(choice)}};
    if (const auto error = error_of(*choice.result)) OpenAiEnvelope::set_failed(*error, json);
    add_quotes(call_.parameters.form, choice.text(), json);
    return json;
  }

  StreamFrame chunk(size_t index, Json delta, Json logprobs,
                    const std::optional<GenerateResult>& result = std::nullopt) const {
    const Json reason = result ? Json(finish_reason_of(choices_.choice(index))) : Json(nullptr);
    Json choice = {{"index", index},
                   {"delta", std::move(delta)},
                   {"logprobs", std::move(logprobs)},
                   {"finish_reason", reason}};
    const auto error = result ? error_of(*result) : std::nullopt;
    if (error) OpenAiEnvelope::set_failed(*error, choice);
    if (result) add_quotes(call_.parameters.form, choices_.choice(index).text(), choice);
    return envelope_.chunk(std::move(choice), result);
  }

  ChatCall call_;
  OpenAiEnvelope envelope_;
  Choices choices_;
};

constexpr Parameter kLogprobs[] = {
    {"logprobs", Schema::boolean(), "Adds the log-probabilities of the tokens.", "false"},
    {"top_logprobs", Schema::integer(0, kMaxTopLogprobs),
     "How many others of each place beside them. Needs logprobs."},
};

Status read_logprobs(Parameters& parameters, ChatCall& chat) {
  chat.logprobs = parameters.flag("logprobs");
  const int64_t top = parameters.integer("top_logprobs").value_or(0);
  if (top > 0 && !chat.logprobs) {
    return fail(ErrorCode::kInvalidArgument, "top_logprobs: needs logprobs to be true");
  }
  if (chat.logprobs) chat.parameters.sampling.num_logprobs = int(top);
  return {};
}

}  // namespace

ParameterList chat_completion_parameters() {
  ParameterList list = {kModelName, kNeededMessages, kLogprobs};
  list.add(openai_parameters());
  list.add(template_parameters());
  list.add(chat_tool_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_chat_completion(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, chat_completion_parameters(), call));
  ChatCall chat;
  chat.parameters = TRY(read_generation(parameters, call));
  TRY(read_logprobs(parameters, chat));
  ChatPrompt prompt = TRY(read_chat_prompt(parameters, *call.model));
  const ToolRequest tools = TRY(read_chat_tools(parameters));
  TRY(read_output_config_form(parameters, chat.parameters.form));
  parameters.finish();
  TRY(check_hidden(prompt.thoughts, *call.model, chat.logprobs));
  TRY(hold_to_tools(tools, *call.model, chat.parameters.form));
  offer_tools(tools, *call.model, prompt);
  TRY(compile_form(chat.parameters.form, call));
  chat.parameters.add_notes(std::move(prompt.notes));
  chat.prompt = TRY(encode_chat(prompt, call));
  TRY(about("messages", check_prompt(chat.prompt, chat.parameters)));
  TRY(set_reasoning(chat.parameters.form, chat.prompt, *call.model));
  chat.tokenizer = call.model->tokenizer;
  chat.check = argument_check(tools);
  chat.reading = TRY(CompletionReading::create(tools, *call.model, chat.prompt, prompt.thoughts));
  OpenAiEnvelope envelope("chatcmpl-", {"chat.completion", "chat.completion.chunk"}, call, chat.parameters);
  return std::make_unique<ChatExchange>(std::move(chat), std::move(envelope));
}

}  // namespace hearth::api
