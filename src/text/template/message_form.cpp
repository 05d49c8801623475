#include "text/template/message_form.h"

#include <algorithm>
#include <cstdint>

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShortIdSize = 9;

Json part_of(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

ContentForm form_of(std::string_view role, const ChatTemplateTraits& traits) {
  if (role == "system") return traits.system;
  if (role == "assistant") return traits.assistant;
  return role == "tool" ? traits.tool : traits.user;
}

bool is_short_id(std::string_view id) {
  return id.size() == kShortIdSize && std::ranges::all_of(id, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// Nine letters and digits that stand for any id, by a hash (64-bit FNV-1a): the same each time, so that a
/// result finds its call and a prompt keeps its prefix.
std::string short_id(std::string_view id) {
  if (is_short_id(id)) return std::string(id);
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : id) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  std::string out;
  for (size_t i = 0; i < kShortIdSize; ++i, hash /= 36) {
    out += "0123456789abcdefghijklmnopqrstuvwxyz"[hash % 36];
  }
  return out;
}

void shorten_id(Json& object, const char* name) {
  const auto id = object.find(name);
  if (id != object.end() && id->is_string()) *id = short_id(id->get_ref<const std::string&>());
}

bool has_calls(const Json& message) { return message.contains("tool_calls"); }

}  // namespace

bool is_empty_content(const Json& content) {
  return content.is_null() || (content.is_string() && content.get_ref<const std::string&>().empty());
}

std::vector<std::string> texts_of(const Json& content) {
  std::vector<std::string> texts;
  if (content.is_string()) texts.push_back(content.get<std::string>());
  if (!content.is_array()) return texts;
  for (const Json& part : content) texts.push_back(part.at("text").get<std::string>());
  return texts;
}

Json content_of(const std::vector<std::string>& texts) {
  if (texts.empty()) return nullptr;
  if (texts.size() == 1) return texts.front();
  Json parts = Json::array();
  for (const std::string& text : texts) parts.push_back(part_of(text));
  return parts;
}

std::string join_texts(const std::vector<std::string>& texts, std::string_view separator) {
  std::string joined;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) joined += separator;
    joined += texts[i];
  }
  return joined;
}

Json content_in_form(const Json& content, ContentForm form) {
  const std::vector<std::string> texts = texts_of(content);
  const bool is_text = form == ContentForm::kText || (form == ContentForm::kTextOrParts && texts.size() <= 1);
  if (is_text) return join_texts(texts, "\n");
  if (form == ContentForm::kOnePart || texts.empty()) return Json::array({part_of(join_texts(texts, "\n"))});
  Json parts = Json::array();
  for (const std::string& text : texts) parts.push_back(part_of(text));
  return parts;
}

Json messages_in_form(const Json& messages, const ChatTemplateTraits& traits) {
  Json formed = Json::array();
  for (const Json& message : messages) {
    Json copy = message;
    Json& content = copy["content"];
    const bool is_null = has_calls(message) && is_empty_content(content) && traits.null_beside_calls;
    content = is_null ? Json(nullptr)
                      : content_in_form(content, form_of(message.value("role", std::string()), traits));
    if (traits.short_call_ids) {
      shorten_id(copy, "tool_call_id");
      if (has_calls(copy)) {
        for (Json& call : copy["tool_calls"]) shorten_id(call, "id");
      }
    }
    formed.push_back(std::move(copy));
  }
  return formed;
}

}  // namespace hearth
