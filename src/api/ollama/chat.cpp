#include "api/ollama/chat.h"

#include "api/call/api_error.h"
#include "api/ollama/messages.h"
#include "api/ollama/request.h"
#include "api/ollama/truncation.h"
#include "api/prompt/model_hints.h"
#include "api/prompt/model_preset.h"
#include "api/tools/call_check.h"
#include "api/tools/chat_tools.h"

namespace hearth::api {
namespace {

constexpr Schema kMessage = Schema::elsewhere("OllamaMessage");
constexpr Parameter kMessages[] = {
    {"messages", Schema::array(kMessage, 0, kMaxMessages),
     "The conversation; without any, the model is loaded, or unloaded with keep_alive 0."}};

}  // namespace

ParameterList ollama_chat_parameters() {
  ParameterList list = {kMessages};
  list.add(ollama_generation_parameters());
  list.add(chat_tool_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_ollama_chat(Json body, const ApiCall& call) {
  const ApiModel& model = *call.model;
  const ParameterList list = ollama_chat_parameters();
  std::vector<std::string> notes = leave_aside_unknown(body, list);
  TRY(prepare_think(body, call));
  auto parameters = TRY(Parameters::check(body, list, call));
  OllamaCall chat;
  size_t num_keep = 0;
  TRY(read_ollama_generation(parameters, body, call, chat, num_keep));
  ChatPrompt prompt;
  const Json* messages = parameters.find("messages");
  prompt.messages = TRY(read_ollama_messages(messages == nullptr ? Json::array() : *messages, notes));
  if (prompt.messages.empty()) return fail(ErrorCode::kInvalidArgument, "messages: there is none");
  prompt.messages = with_preset(model, std::move(prompt.messages));
  read_model_hints(parameters, model, prompt);
  const ToolRequest tools = TRY(read_chat_tools(parameters));
  TRY(read_output_config_form(parameters, chat.parameters.form));
  const bool truncates = parameters.boolean("truncate").value_or(false);
  parameters.finish();
  TRY(check_hidden(prompt.thoughts, model, chat.logprobs));
  const Json& last = prompt.messages.back();
  prompt.continue_final_message = last["role"] == "assistant" && !last.contains("tool_calls");
  TRY(hold_to_tools(tools, model, chat.parameters.form));
  offer_tools(tools, model, prompt);
  TRY(compile_form(chat.parameters.form, call));
  chat.parameters.add_notes(std::move(prompt.notes));
  chat.parameters.add_notes(std::move(notes));
  if (truncates) {
    FittedPrompt fitted = TRY(encode_truncated_chat(prompt, call, chat.parameters));
    chat.prompt = std::move(fitted.prompt);
    chat.num_dropped_tokens = fitted.num_dropped_tokens;
  } else {
    chat.prompt = TRY(encode_chat(prompt, call));
  }
  TRY(about("messages", check_prompt(chat.prompt, chat.parameters)));
  TRY(set_reasoning(chat.parameters.form, chat.prompt, model));
  chat.reading = TRY(CompletionReading::create(tools, model, chat.prompt, prompt.thoughts));
  chat.check = argument_check(tools);
  return make_ollama_exchange(std::move(chat));
}

}  // namespace hearth::api
