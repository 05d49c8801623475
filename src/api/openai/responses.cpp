#include "api/openai/responses.h"

#include <algorithm>

#include "api/call/api_error.h"
#include "api/call/logprobs.h"
#include "api/dialects/openai.h"
#include "api/openai/response_body.h"
#include "api/openai/response_echo.h"
#include "api/openai/response_output.h"
#include "api/openai/responses_input.h"
#include "api/parameters/generation_parameters.h"
#include "api/prompt/chat_prompt.h"
#include "api/prompt/model_hints.h"
#include "api/prompt/model_preset.h"
#include "api/tools/call_check.h"
#include "api/tools/chat_tools.h"

namespace hearth::api {
namespace {

struct ResponsePlan {
  Choices::Check check;
  ResponseFrame frame;
  const Tokenizer* tokenizer = nullptr;
  GenerationParameters parameters;
  Prompt prompt;
  CompletionReading reading;
  Json messages;  ///< what the next turn builds on, before the response
  bool logprobs = false;
  bool store = true;
  bool background = false;
};

class ResponseExchange final : public Exchange {
 public:
  ResponseExchange(ResponsePlan plan, ResponseMemory memory)
      : plan_(std::move(plan)), memory_(std::move(memory)), choices_(1), output_(plan_.frame.message_id) {
    choices_.check_with(std::move(plan_.check));
  }

  const std::string& id() const override { return plan_.frame.id; }
  bool streams() const override { return plan_.parameters.stream; }
  const Dialect& dialect() const override { return *dialect_openai(); }
  const StreamFraming& framing() const override { return kNamedEvents; }
  std::vector<std::string> notes() const override { return plan_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    requests.push_back(make_request(plan_.parameters, plan_.prompt, 0));
    plan_.reading.apply(requests.back());
    return requests;
  }

  std::vector<StreamFrame> begin() override {
    const Json body = pending_response_json(plan_.frame, "in_progress");
    std::vector<StreamFrame> frames = {frame("response.created", {{"response", body}}),
                                       frame("response.in_progress", {{"response", body}})};
    // Where a completion has parts of several kinds, the first says which item comes.
    ResponseOutput::Events events;
    if (!plan_.reading.has_parts()) output_.begin_message(events);
    append(events, frames);
    return frames;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    ResponseOutput::Events events;
    output_.add(event.parts, choices_.choice(0).tool_calls, logprobs_of(event.tokens, event.result), events);
    if (event.result) {
      // What failed has no output.
      ResponseOutput::Events ending;
      output_.end(last_item_status(told_result()), ending);
      if (event.result->reason != FinishReason::kError) {
        events.insert(events.end(), ending.begin(), ending.end());
      }
    }
    std::vector<StreamFrame> frames;
    if (streams()) append(events, frames);
    if (!event.result) return frames;
    if (plan_.store) keep();
    if (streams()) end_stream(ended_body(), frames);
    return frames;
  }

  StreamFrame error_frame(const ApiError& error) const override {
    const Json body = dialect().error_body(error, {})["error"];
    return {"error", dump_json({{"type", "error"},
                                {"sequence_number", sequence_number_},
                                {"code", body["code"]},
                                {"message", body["message"]},
                                {"param", body["param"]}})};
  }

  Result<Json> body() override {
    if (auto error = choices_.error()) return std::unexpected(std::move(*error));
    return ended_body();
  }

 private:
  Json logprobs_of(std::span<const SampledToken> tokens, const std::optional<GenerateResult>& result) const {
    if (!plan_.logprobs) return Json::array();
    return chat_logprobs(*plan_.tokenizer, spoken_tokens(tokens, result));
  }
  /// A turn of nothing but thoughts counts as cut off.
  GenerateResult told_result() const {
    GenerateResult result = *choices_.choice(0).result;
    if (ends_in_thought(choices_.choice(0))) result.reason = FinishReason::kLength;
    return result;
  }
  Json ended_body() const {
    Json body = ended_response_json(plan_.frame, told_result(), output_.items());
    add_warnings(plan_.parameters.form, body);
    add_completion_warnings(*choices_.choice(0).result, body);
    add_quotes(plan_.parameters.form, choices_.choice(0).text(), body);
    return body;
  }

  void keep() {
    Json messages = plan_.messages;
    messages.push_back(assistant_message_json(choices_.choice(0)));
    if (!memory_.keep(ended_body(), messages)) plan_.frame.echoed["store"] = false;
  }

  void end_stream(const Json& body, std::vector<StreamFrame>& frames) {
    const auto status = body["status"].get<std::string>();
    // There is no event for a cancelled stream: nobody is there to read it but while the server stops.
    frames.push_back(frame("response." + (status == "cancelled" ? "failed" : status), {{"response", body}}));
  }

  StreamFrame frame(const std::string& type, const Json& members) {
    Json data = {{"type", type}, {"sequence_number", sequence_number_++}};
    data.update(members);
    return {type, dump_json(data)};
  }

  void append(const ResponseOutput::Events& events, std::vector<StreamFrame>& frames) {
    for (const auto& [type, members] : events) frames.push_back(frame(type, members));
  }

  ResponsePlan plan_;
  ResponseMemory memory_;
  Choices choices_;
  ResponseOutput output_;
  int64_t sequence_number_ = 0;
};

constexpr Parameter kText[] = {kVerbosity, {"format", kResponseFormat, "The form of the text."}};

/// What OpenAI's API can add to a response; all but the first belongs to tools and media that are not there.
constexpr std::string_view kAdditions[] = {
    "message.output_text.logprobs",  "reasoning.encrypted_content",           "file_search_call.results",
    "web_search_call.results",       "web_search_call.action.sources",        "message.input_image.image_url",
    "code_interpreter_call.outputs", "computer_call_output.output.image_url",
};
constexpr Schema kAddition = Schema::choice(kAdditions);
constexpr std::string_view kTruncations[] = {"disabled", "auto"};
constexpr Parameter kStreamOptions[] = {{"include_obfuscation", Schema::boolean(), "Left aside."}};

constexpr Parameter kParameters[] = {
    {.name = "input",
     .schema = kResponsesInput,
     .description = "What is said in this turn.",
     .required = true},
    {"instructions", Schema::text(0), "What the system says in this turn alone."},
    {"previous_response_id", Schema::text(0, kMaxNameSize), "The response that this turn follows."},
    {"text", Schema::object(kText), "How the response is written."},
    {"max_output_tokens", Schema::integer(1, kMaxTokenCount), "The longest completion."},
    {"stop", kStops, "Texts that end the completion and are not part of it."},
    {"stream", Schema::boolean(), "Sends the response as server-sent events. Not with background.", "false"},
    {"stream_options", Schema::object(kStreamOptions), "What a stream holds beside the completion."},
    {"store", Schema::boolean(), "Whether it can be asked for later.", "true"},
    {"background", Schema::boolean(), "Responds at once, and runs in the background. Needs store.", "false"},
    {"include", Schema::array(kAddition, 0), "What the response holds beside its text."},
    {"top_logprobs", Schema::integer(0, kMaxTopLogprobs),
     "Adds the log-probabilities of the tokens, and of so many others of each place."},
    // What is too long is an error either way: nothing is cut off a conversation unasked.
    {"truncation", Schema::choice(kTruncations), "Of no effect: nothing is cut off a conversation.",
     R"("disabled")"},
};

void read_additions(Parameters& parameters, ResponsePlan& plan) {
  if (const Json* include = parameters.find("include")) {
    plan.logprobs = std::find(include->begin(), include->end(), kAdditions[0]) != include->end();
  }
  const int64_t top = parameters.integer("top_logprobs").value_or(0);
  if (top > 0) plan.logprobs = true;
  if (plan.logprobs) plan.parameters.sampling.num_logprobs = int(top);
}

/// Reads the rest of the parameters, all but those of the prompt.
Status read_options(Parameters& parameters, ResponsePlan& plan) {
  GenerationParameters& generation = plan.parameters;
  if (const auto count = parameters.integer("max_output_tokens")) generation.max_tokens = size_t(*count);
  generation.stop = read_stops(parameters, "stop");
  generation.stream = parameters.flag("stream");
  plan.store = parameters.flag("store");
  plan.background = parameters.flag("background");
  read_additions(parameters, plan);
  read_echoed(parameters);
  for (const std::string_view name : {"truncation", "stream_options"}) parameters.find(name);
  if (plan.background && !plan.store) {
    return fail(ErrorCode::kInvalidArgument, "background: needs store to be true");
  }
  if (plan.background && generation.stream) {
    return fail_hint(ErrorCode::kUnsupported, "leave out stream and ask for the response by its id",
                     "background: cannot be streamed");
  }
  return {};
}

/// The conversation: earlier turns, this one, and the instructions, which hold for this turn alone.
Result<ChatPrompt> read_prompt(Parameters& parameters, const ApiCall& call, const ResponseMemory& memory,
                               ResponsePlan& plan) {
  ChatPrompt prompt;
  plan.messages = Json::array();
  if (const auto previous = parameters.text("previous_response_id")) {
    auto recalled = memory.recall(*previous);
    if (!recalled) return std::unexpected(about("previous_response_id", std::move(recalled.error())));
    plan.messages = *std::move(recalled);
  }
  plan.messages = TRY(read_responses_input(*parameters.find("input"), std::move(plan.messages)));
  prompt.messages = plan.messages;
  if (const Json* instructions = parameters.find("instructions")) {
    Json system = {{"role", "system"}, {"content", *instructions}};
    prompt.messages.insert(prompt.messages.begin(), std::move(system));
  }
  prompt.messages = with_preset(*call.model, std::move(prompt.messages));
  TRY(read_template_parameters(parameters, *call.model, prompt));
  if (auto text = parameters.object("text")) {
    read_verbosity(*text, *call.model->chat_template, prompt);
    TRY(read_response_format(*text, "format", plan.parameters.form));
  }
  return prompt;
}

}  // namespace

ParameterList response_parameters() {
  ParameterList list = {kModelName, kParameters};
  list.add(echoed_parameters());
  list.add(common_parameters());
  list.add(template_parameters());
  list.add(response_tool_parameters());
  return list;
}

Result<ResponseCall> make_response(const Json& body, const ApiCall& call, ResponseMemory memory) {
  auto parameters = TRY(Parameters::check(body, response_parameters(), call));
  ResponsePlan plan;
  plan.parameters = TRY(read_common_generation(parameters, call));
  TRY(read_options(parameters, plan));
  ChatPrompt prompt = TRY(read_prompt(parameters, call, memory, plan));
  const ToolRequest tools = TRY(read_response_tools(parameters));
  TRY(read_output_config_form(parameters, plan.parameters.form));
  parameters.finish();
  TRY(check_hidden(prompt.thoughts, *call.model, plan.logprobs));
  TRY(hold_to_tools(tools, *call.model, plan.parameters.form));
  offer_tools(tools, *call.model, prompt);
  TRY(compile_form(plan.parameters.form, call));
  plan.parameters.add_notes(std::move(prompt.notes));
  plan.prompt = TRY(encode_chat(prompt, call));
  TRY(about("input", check_prompt(plan.prompt, plan.parameters)));
  TRY(set_reasoning(plan.parameters.form, plan.prompt, *call.model));
  plan.tokenizer = call.model->tokenizer;
  plan.check = argument_check(tools);
  plan.reading = TRY(CompletionReading::create(tools, *call.model, plan.prompt, prompt.thoughts));
  plan.frame = {.id = random_id("resp_"),
                .message_id = random_id("msg_"),
                .echoed = echo_json(body, plan.parameters, *call.model),
                .created = call.now};
  ResponseCall made;
  made.background = plan.background;
  made.queued = pending_response_json(plan.frame, "queued");
  made.exchange = std::make_unique<ResponseExchange>(std::move(plan), std::move(memory));
  return made;
}

}  // namespace hearth::api
