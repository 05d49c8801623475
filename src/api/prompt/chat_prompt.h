#pragma once

#include <string>
#include <vector>

#include "api/call/api_call.h"
#include "api/parameters/parameters.h"
#include "api/prompt/chat_messages.h"
#include "engine/schedule/prompt.h"

namespace hearth::api {

/// A conversation on its way to a prompt.
struct ChatPrompt {
  Json messages = Json::array();  ///< as text/template/message_form.h has them
  Json variables = Json::object();
  bool add_generation_prompt = true;
  bool continue_final_message = false;  ///< the last message is carried on
  std::vector<std::string> notes;       ///< what was asked for and changes nothing, for the caller to know
};

/// What steers the template: `add_generation_prompt`, `continue_final_message`, `chat_template_kwargs` and
/// the hints of api/prompt/model_hints.h.
ParameterList template_parameters();
/// Errors: kInvalidArgument, and those of the hints.
Status read_template_parameters(Parameters& parameters, const ChatTemplate& chat_template,
                                ChatPrompt& prompt);

inline constexpr Schema kChatMessage = Schema::elsewhere("ChatMessage");
inline constexpr Schema kChatMessages = Schema::array(kChatMessage, 1, kMaxMessages);
/// `messages`, where there must be some.
inline constexpr Parameter kNeededMessages[] = {
    {.name = "messages", .schema = kChatMessages, .description = "The conversation.", .required = true}};
/// Reads `messages` and all that steers the template.
Result<ChatPrompt> read_chat_prompt(Parameters& parameters, const ChatTemplate& chat_template);

/// The prompt as text. Errors: those of the template; kInvalidArgument where a text
/// would be lost, or there is none to carry on.
Result<OriginText> render_chat(const ChatPrompt& prompt, const ApiCall& call);

/// The same encoded: only what the template wrote can be control tokens.
Result<Prompt> encode_chat(const ChatPrompt& prompt, const ApiCall& call);

}  // namespace hearth::api
