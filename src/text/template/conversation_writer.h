#pragma once

#include <ctime>
#include <functional>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/template/chat_template.h"

namespace hearth {

/// A conversation as every way in reads it, before it takes the form that one template wants.
struct ChatConversation {
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();  ///< as message_form.h has them
  nlohmann::ordered_json tools = nullptr;  ///< array of function schemas; null is none
  nlohmann::ordered_json variables = nlohmann::ordered_json::object();
  bool add_generation_prompt = true;
  /// The text of the last message is carried on: the prompt ends behind it, and nothing is added.
  bool continue_final_message = false;
  std::function<std::tm()> local_time = {};
};

/// The prompt of a conversation: the one way to it from everywhere. What the template takes in another form
/// is put into that form, what it refuses or leaves out is rearranged (message_merge.h), and no text of a
/// message is lost in silence. Errors: those of the template for the conversation as it is;
/// kInvalidArgument where a text is left out, or there is no text to carry on.
Result<OriginText> write_conversation(const ChatTemplate& chat_template,
                                      const ChatConversation& conversation);

}  // namespace hearth
