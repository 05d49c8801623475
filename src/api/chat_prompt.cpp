#include "api/chat_prompt.h"

#include <algorithm>

#include "api/chat_messages.h"

namespace hearth {
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

Status read_effort(ParameterReader& reader, const ChatTemplate& chat_template, ChatPrompt& prompt) {
  const auto effort = TRY(reader.text("reasoning_effort", 64));
  if (!effort) return {};
  static constexpr std::string_view kEfforts[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};
  if (std::ranges::find(kEfforts, *effort) == std::end(kEfforts)) {
    return fail(ErrorCode::kInvalidArgument,
                "reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max");
  }
  if (chat_template.reads("reasoning_effort")) {
    prompt.variables["reasoning_effort"] = *effort;
  } else if (chat_template.reads("enable_thinking")) {
    prompt.variables["enable_thinking"] = *effort != "none";
  } else if (*effort != "none") {
    return fail_hint(ErrorCode::kUnsupported, "leave it out",
                     "reasoning_effort: the model's chat template has no such setting");
  }
  return {};
}

}  // namespace

Status read_template_parameters(ParameterReader& reader, const ChatTemplate& chat_template,
                                ChatPrompt& prompt) {
  TRY(read_variables(reader, prompt));
  TRY(read_effort(reader, chat_template, prompt));
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
  ChatTemplate::Input input;
  input.messages = prompt.messages;
  input.extra = prompt.variables;
  input.add_generation_prompt = prompt.add_generation_prompt;
  input.local_time = [time = call.local_time] { return time; };
  if (!prompt.continue_final_message) return call.model->chat_template->render(input);

  const Json& last = prompt.messages.back();
  if (last["role"] != "assistant" || !last["content"].is_string()) {
    return fail(ErrorCode::kInvalidArgument,
                "continue_final_message: the last message is not text of the assistant");
  }
  // The template opens the assistant's turn, and the text stands in it without the turn's end.
  const auto opening = last["content"].get<std::string>();
  input.messages.erase(input.messages.size() - 1);
  input.add_generation_prompt = true;
  OriginText text = TRY(call.model->chat_template->render(input));
  text.append(opening, Origin::kContent);
  return text;
}

Result<std::vector<TokenId>> encode_chat(const ChatPrompt& prompt, const ApiCall& call) {
  return call.model->tokenizer->encode_chat(TRY(render_chat(prompt, call)));
}

}  // namespace hearth
