#include "api/prompt/chat_prompt.h"

#include "api/prompt/chat_messages.h"
#include "api/prompt/model_hints.h"
#include "api/prompt/model_preset.h"
#include "text/template/conversation_writer.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxVariables = 64;

Json free_names_json() {
  const Json ends = {{"pattern", fmt::format("{}$", kReservedTemplateEnd)}};
  const Json names = {{"enum", reserved_template_names()}};
  return {{"not", {{"anyOf", Json::array({ends, names})}}}};
}

constexpr TextFormat kFreeName = {
    .expected = "none that the template has from elsewhere",
    .hint = "use the request's own field for it",
    .json_schema = free_names_json,
    .matches = [](std::string_view name) { return !is_reserved_template_name(name); }};
constexpr Schema kVariable[] = {Schema::any(), Schema::formatted(kFreeName)};

constexpr Parameter kTemplate[] = {
    {"chat_template_kwargs", Schema::map(kVariable, kMaxVariables),
     "Variables of the chat template; its own names cannot be given."},
    {"continue_final_message", Schema::boolean(),
     "Carries on the last message, which is the assistant's; not with add_generation_prompt.", "false"},
    {"add_generation_prompt", Schema::boolean(),
     "Whether the generation prompt is added; true unless the last message is continued."},
};

}  // namespace

ParameterList template_parameters() {
  ParameterList list = hint_parameters();
  list.add({kTemplate});
  return list;
}

Status read_template_parameters(Parameters& parameters, const ApiModel& model, ChatPrompt& prompt) {
  if (const Json* variables = parameters.find("chat_template_kwargs")) prompt.variables = *variables;
  read_model_hints(parameters, model, prompt);
  prompt.continue_final_message = parameters.flag("continue_final_message");
  const auto add = parameters.boolean("add_generation_prompt");
  if (add.value_or(false) && prompt.continue_final_message) {
    return fail(ErrorCode::kInvalidArgument,
                "continue_final_message: cannot be combined with add_generation_prompt");
  }
  prompt.add_generation_prompt = add.value_or(true);
  return {};
}

Result<ChatPrompt> read_chat_prompt(Parameters& parameters, const ApiModel& model) {
  ChatPrompt prompt;
  prompt.messages = with_preset(model, TRY(read_chat_messages(*parameters.find("messages"), "messages")));
  TRY(read_template_parameters(parameters, model, prompt));
  return prompt;
}

Result<OriginText> render_chat(const ChatPrompt& prompt, const ApiCall& call) {
  return write_conversation(*call.model->chat_template,
                            {.messages = prompt.messages,
                             .tools = prompt.tools.empty() ? Json(nullptr) : prompt.tools,
                             .variables = prompt.variables,
                             .add_generation_prompt = prompt.add_generation_prompt,
                             .continue_final_message = prompt.continue_final_message,
                             .local_time = [time = call.local_time] { return time; }});
}

Result<Prompt> encode_chat(const ChatPrompt& prompt, const ApiCall& call) {
  const OriginText text = TRY(render_chat(prompt, call));
  Prompt encoded;
  encoded.append_text(text.text(), TRY(call.model->tokenizer->encode_chat(text, call.gone)));
  return encoded;
}

}  // namespace hearth::api
