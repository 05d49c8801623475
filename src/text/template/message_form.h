#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "text/template/chat_template_traits.h"

namespace hearth {

/// A message of a conversation, as every dialect is read into it: {"role", "content", "name",
/// "reasoning_content", "tool_calls", "tool_call_id"}, the content a text, an array of {"type": "text",
/// "text": ...} for several texts, or null for none; calls {"id", "type", "function": {"name", "arguments"}}
/// with their arguments as JSON text.
std::vector<std::string> texts_of(const nlohmann::ordered_json& content);

/// Nothing, or the empty text that clients send for nothing.
bool is_empty_content(const nlohmann::ordered_json& content);

/// The content of a message with these texts: null, a text, or several.
nlohmann::ordered_json content_of(const std::vector<std::string>& texts);

/// A content in the form that a template takes: joined by newlines, or as parts.
nlohmann::ordered_json content_in_form(const nlohmann::ordered_json& content, ContentForm form);

/// The messages as a template with these traits takes them.
nlohmann::ordered_json messages_in_form(const nlohmann::ordered_json& messages,
                                        const ChatTemplateTraits& traits);

/// Texts with a separator between them.
std::string join_texts(const std::vector<std::string>& texts, std::string_view separator);

}  // namespace hearth
