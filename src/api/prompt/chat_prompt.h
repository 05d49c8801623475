#pragma once

#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/parameters.h"
#include "api/prompt/chat_messages.h"
#include "api/prompt/thinking_wish.h"
#include "engine/schedule/prompt.h"

namespace hearth::api {

/// A conversation and the options of its prompt.
struct ChatPrompt {
  Json messages = Json::array();  ///< in the form of text/template/message_form.h
  Json tools = Json::array();     ///< that the template tells the model of
  Json variables = Json::object();
  bool add_generation_prompt = true;
  bool continue_final_message = false;  ///< the last message is continued
  Thoughts thoughts;                    ///< of the completion
  std::vector<std::string> notes;       ///< requested options without effect
};

/// The template's options: `add_generation_prompt`, `continue_final_message`, `chat_template_kwargs` and
/// the hints of api/prompt/model_hints.h.
ParameterList template_parameters();
/// Errors: kInvalidArgument.
Status read_template_parameters(Parameters& parameters, const ApiModel& model, ChatPrompt& prompt);

inline constexpr Schema kChatMessage = Schema::elsewhere("ChatMessage");
inline constexpr Schema kChatMessages = Schema::array(kChatMessage, 1, kMaxMessages);
/// `messages`, at least one.
inline constexpr Parameter kNeededMessages[] = {
    {.name = "messages", .schema = kChatMessages, .description = "The conversation.", .required = true}};
/// Reads `messages` and the template's options.
Result<ChatPrompt> read_chat_prompt(Parameters& parameters, const ApiModel& model);

/// The prompt as text. Errors: those of the template; kInvalidArgument where text would be lost, or where
/// there is none to continue.
Result<OriginText> render_chat(const ChatPrompt& prompt, const ApiCall& call);

/// The same as tokens: only the template's own text can become control tokens.
Result<Prompt> encode_chat(const ChatPrompt& prompt, const ApiCall& call);

}  // namespace hearth::api
