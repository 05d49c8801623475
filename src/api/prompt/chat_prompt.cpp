#include "api/prompt/chat_prompt.h"

#include "api/prompt/chat_messages.h"
#include "api/prompt/model_hints.h"
#include "text/template/conversation_writer.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxVariables = 64;

Status read_variables(ParameterReader& reader, ChatPrompt& prompt) {
  const Json* variables = reader.find("chat_template_kwargs");
  if (variables == nullptr) return {};
  if (!variables->is_object() || variables->size() > kMaxVariables) {
    return fail(ErrorCode::kInvalidArgument, "chat_template_kwargs: must be an object of at most {} members",
                kMaxVariables);
  }
  for (const auto& [name, value] : variables->items()) {
    if (is_reserved_template_name(name)) {
      return fail_hint(ErrorCode::kInvalidArgument, "use the request's own field for it",
                       "chat_template_kwargs: holds a name that the template has from elsewhere");
    }
    prompt.variables[name] = value;
  }
  return {};
}

}  // namespace

Status read_template_parameters(ParameterReader& reader, const ChatTemplate& chat_template,
                                ChatPrompt& prompt) {
  TRY(read_variables(reader, prompt));
  TRY(read_model_hints(reader, chat_template, prompt));
  prompt.continue_final_message = TRY(reader.boolean("continue_final_message")).value_or(false);
  const auto add = TRY(reader.boolean("add_generation_prompt"));
  if (add.value_or(false) && prompt.continue_final_message) {
    return fail(ErrorCode::kInvalidArgument,
                "continue_final_message: cannot be combined with add_generation_prompt");
  }
  prompt.add_generation_prompt = add.value_or(true);
  return {};
}

Result<ChatPrompt> read_chat_prompt(ParameterReader& reader, const ChatTemplate& chat_template) {
  ChatPrompt prompt;
  prompt.messages = TRY(read_chat_messages(*TRY(reader.require("messages")), reader.path_of("messages")));
  TRY(read_template_parameters(reader, chat_template, prompt));
  return prompt;
}

Result<OriginText> render_chat(const ChatPrompt& prompt, const ApiCall& call) {
  return write_conversation(*call.model->chat_template,
                            {.messages = prompt.messages,
                             .variables = prompt.variables,
                             .add_generation_prompt = prompt.add_generation_prompt,
                             .continue_final_message = prompt.continue_final_message,
                             .local_time = [time = call.local_time] { return time; }});
}

Result<std::vector<TokenId>> encode_chat(const ChatPrompt& prompt, const ApiCall& call) {
  return call.model->tokenizer->encode_chat(TRY(render_chat(prompt, call)), call.gone);
}

}  // namespace hearth::api
