#include "api/openai/responses.h"

#include <algorithm>

#include "api/call/error_body.h"
#include "api/call/logprobs.h"
#include "api/openai/response_body.h"
#include "api/openai/response_echo.h"
#include "api/openai/responses_input.h"
#include "api/parameters/generation_parameters.h"
#include "api/prompt/chat_prompt.h"
#include "api/prompt/model_hints.h"

namespace hearth::api {
namespace {

struct ResponsePlan {
  ResponseFrame frame;
  const Tokenizer* tokenizer = nullptr;
  GenerationParameters parameters;
  std::vector<TokenId> prompt;
  Json messages;  ///< what the next turn builds on, before the answer
  bool logprobs = false;
  bool store = true;
  bool background = false;
};

class ResponseExchange final : public Exchange {
 public:
  ResponseExchange(ResponsePlan plan, ResponseMemory memory)
      : plan_(std::move(plan)), memory_(std::move(memory)), answer_(1) {}

  const std::string& id() const override { return plan_.frame.id; }
  bool streams() const override { return plan_.parameters.stream; }
  std::vector<std::string> notes() const override { return plan_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    requests.push_back(make_request(plan_.parameters, plan_.prompt, 0));
    return requests;
  }

  std::vector<StreamFrame> begin() override {
    const Json body = pending_response_json(plan_.frame, "in_progress");
    return {
        frame("response.created", {{"response", body}}), frame("response.in_progress", {{"response", body}}),
        frame(
            "response.output_item.added",
            {{"output_index", 0}, {"item", output_message_json(plan_.frame, "in_progress", Json::array())}}),
        part_frame("response.content_part.added", {{"part", output_text_json("", Json::array())}})};
  }

  std::vector<StreamFrame> accept(const AnswerEvent& event) override {
    answer_.accept(event);
    std::vector<StreamFrame> frames;
    Json logprobs = logprobs_of(event.tokens, event.result);
    // Tokens may bring no text of their own: half a character, or what may yet be a stop string.
    if (streams() && (!event.text.empty() || !logprobs.empty())) {
      frames.push_back(part_frame("response.output_text.delta",
                                  {{"delta", event.text}, {"logprobs", std::move(logprobs)}}));
    }
    if (!event.result) return frames;
    if (plan_.store) keep();
    if (streams()) end_stream(ended_body(), frames);
    return frames;
  }

  StreamFrame error_frame(const Error& error, std::string_view code) const override {
    const Json body = openai_error(error, code)["error"];
    return {"error", dump_json({{"type", "error"},
                                {"sequence_number", sequence_number_},
                                {"code", body["code"]},
                                {"message", body["message"]},
                                {"param", body["param"]}})};
  }

  Result<Json> body() override {
    if (auto error = answer_.error()) return std::unexpected(std::move(*error));
    return ended_body();
  }

 private:
  Json logprobs_of(std::span<const SampledToken> tokens, const std::optional<GenerateResult>& result) const {
    if (!plan_.logprobs) return Json::array();
    return chat_logprobs(*plan_.tokenizer, spoken_tokens(tokens, result));
  }
  Json logprobs() const { return logprobs_of(answer_.choice(0).tokens, answer_.choice(0).result); }

  Json ended_body() const { return ended_response_json(plan_.frame, answer_.choice(0), logprobs()); }

  void keep() {
    Json messages = plan_.messages;
    messages.push_back({{"role", "assistant"}, {"content", answer_.choice(0).text}});
    if (!memory_.keep(ended_body(), messages)) plan_.frame.echoed["store"] = false;
  }

  void end_stream(const Json& body, std::vector<StreamFrame>& frames) {
    const std::string& text = answer_.choice(0).text;
    if (!body["output"].empty()) {
      const Json& message = body["output"][0];
      frames.push_back(part_frame("response.output_text.done", {{"text", text}, {"logprobs", logprobs()}}));
      frames.push_back(part_frame("response.content_part.done", {{"part", message["content"][0]}}));
      frames.push_back(frame("response.output_item.done", {{"output_index", 0}, {"item", message}}));
    }
    const auto status = body["status"].get<std::string>();
    // There is no event for a cancelled stream: nobody is there to read it but while the server stops.
    frames.push_back(frame("response." + (status == "cancelled" ? "failed" : status), {{"response", body}}));
  }

  StreamFrame frame(const std::string& type, const Json& members) {
    Json data = {{"type", type}, {"sequence_number", sequence_number_++}};
    data.update(members);
    return {type, dump_json(data)};
  }

  StreamFrame part_frame(const std::string& type, const Json& members) {
    Json data = {{"item_id", plan_.frame.message_id}, {"output_index", 0}, {"content_index", 0}};
    data.update(members);
    return frame(type, data);
  }

  ResponsePlan plan_;
  ResponseMemory memory_;
  Answer answer_;
  int64_t sequence_number_ = 0;
};

Status read_text_options(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  const Json* value = reader.find("text");
  if (value == nullptr) return {};
  auto text = TRY(ParameterReader::of(*value, "text"));
  TRY(read_verbosity(text, chat_template, prompt));
  if (const Json* format = text.find("format")) {
    auto reader_of_format = TRY(ParameterReader::of(*format, "text.format"));
    if (TRY(reader_of_format.text("type", 64)).value_or("") != "text") {
      return fail_hint(ErrorCode::kUnsupported, "leave it out: structured output comes later",
                       "text.format: is not supported yet");
    }
    TRY(reader_of_format.finish(false));
  }
  return text.finish(false);
}

/// What OpenAI's API can add to an answer; all but the first belongs to tools and media that are not there.
bool is_known_addition(const Json& name) {
  static constexpr std::string_view kNames[] = {
      "message.output_text.logprobs",   "reasoning.encrypted_content",
      "file_search_call.results",       "web_search_call.results",
      "web_search_call.action.sources", "message.input_image.image_url",
      "code_interpreter_call.outputs",  "computer_call_output.output.image_url",
  };
  return name.is_string() &&
         std::ranges::find(kNames, name.get_ref<const std::string&>()) != std::end(kNames);
}

Status read_include(ParameterReader& reader, ResponsePlan& plan) {
  const Json* include = reader.find("include");
  if (include != nullptr && !include->is_array()) {
    return fail(ErrorCode::kInvalidArgument, "include: must be an array of strings");
  }
  for (size_t i = 0; include != nullptr && i < include->size(); ++i) {
    const Json& name = (*include)[i];
    if (!is_known_addition(name)) {
      return fail(ErrorCode::kInvalidArgument, "include[{}]: is nothing that an answer can hold", i);
    }
    plan.logprobs = plan.logprobs || name == "message.output_text.logprobs";
  }
  const auto top = TRY(reader.integer("top_logprobs", 0, kMaxTopLogprobs));
  if (top.value_or(0) > 0) plan.logprobs = true;
  if (plan.logprobs) plan.parameters.sampling.num_logprobs = int(top.value_or(0));
  return {};
}

/// Reads the rest of the parameters, all but those of the prompt.
Status read_options(ParameterReader& reader, ResponsePlan& plan) {
  GenerationParameters& parameters = plan.parameters;
  if (const auto count = TRY(reader.integer("max_output_tokens", 1, kMaxTokenCount))) {
    parameters.max_tokens = size_t(*count);
  }
  TRY(read_stops(reader, "stop", parameters.stop));
  parameters.stream = TRY(reader.boolean("stream")).value_or(false);
  plan.store = TRY(reader.boolean("store")).value_or(true);
  plan.background = TRY(reader.boolean("background")).value_or(false);
  TRY(read_include(reader, plan));
  // What is too long is an error either way: nothing is cut off a conversation unasked.
  const auto truncation = TRY(reader.text("truncation", 64)).value_or("disabled");
  if (truncation != "disabled" && truncation != "auto") {
    return fail(ErrorCode::kInvalidArgument, "truncation: must be \"disabled\" or \"auto\"");
  }
  TRY(check_echoed(reader));
  if (const Json* options = reader.find("stream_options")) {
    auto stream_options = TRY(ParameterReader::of(*options, "stream_options"));
    TRY(stream_options.boolean("include_obfuscation"));
    TRY(stream_options.finish(false));
  }
  if (plan.background && !plan.store) {
    return fail(ErrorCode::kInvalidArgument, "background: needs store to be true");
  }
  if (plan.background && parameters.stream) {
    return fail_hint(ErrorCode::kUnsupported, "leave out stream and ask for the response by its id",
                     "background: cannot be streamed");
  }
  return {};
}

/// The conversation: earlier turns, this one, and the instructions, which hold for this turn alone.
Result<ChatPrompt> read_prompt(ParameterReader& reader, const ApiCall& call, const ResponseMemory& memory,
                               ResponsePlan& plan) {
  ChatPrompt prompt;
  plan.messages = Json::array();
  if (const auto previous = TRY(reader.text("previous_response_id", kMaxNameSize))) {
    auto recalled = memory.recall(*previous);
    if (!recalled) return std::unexpected(about("previous_response_id", std::move(recalled.error())));
    plan.messages = *std::move(recalled);
  }
  plan.messages = TRY(read_responses_input(*TRY(reader.require("input")), std::move(plan.messages)));
  prompt.messages = plan.messages;
  if (const Json* instructions = reader.find("instructions")) {
    Json system = {{"role", "system"}, {"content", *instructions}};
    if (!instructions->is_string()) {
      return fail(ErrorCode::kInvalidArgument, "instructions: must be a string");
    }
    prompt.messages.insert(prompt.messages.begin(), std::move(system));
  }
  TRY(read_template_parameters(reader, *call.model->chat_template, prompt));
  TRY(read_text_options(reader, *call.model->chat_template, prompt));
  return prompt;
}

}  // namespace

Result<ResponseCall> make_response(const Json& body, const ApiCall& call, ResponseMemory memory) {
  auto reader = TRY(ParameterReader::of(body));
  reader.find("model");
  ResponsePlan plan;
  plan.parameters = TRY(read_common_generation(reader, call));
  TRY(read_options(reader, plan));
  const ChatPrompt prompt = TRY(read_prompt(reader, call, memory, plan));
  plan.parameters.notes = prompt.notes;
  TRY(reader.finish());
  plan.prompt = TRY(encode_chat(prompt, call));
  TRY(about("input", check_prompt(plan.prompt, plan.parameters)));
  plan.tokenizer = call.model->tokenizer;
  plan.frame = {.id = random_id("resp_"),
                .message_id = random_id("msg_"),
                .echoed = echoed_parameters(body, plan.parameters, *call.model),
                .created = call.now};
  ResponseCall made;
  made.background = plan.background;
  made.queued = pending_response_json(plan.frame, "queued");
  made.exchange = std::make_unique<ResponseExchange>(std::move(plan), std::move(memory));
  return made;
}

}  // namespace hearth::api
