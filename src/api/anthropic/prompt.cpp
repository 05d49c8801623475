#include "api/anthropic/prompt.h"

#include <algorithm>

#include "api/prompt/chat_messages.h"
#include "api/prompt/content.h"
#include "text/template/message_form.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxBlocks = 4096;

/// Blocks of one message, sorted into what a chat template keeps apart.
struct Blocks {
  std::vector<std::string> texts, reasoning;
  Json tool_calls = Json::array();
  Json tool_results = Json::array();  ///< messages of role "tool"
};

/// A failed call's result says that it failed, as the flag does to those who can read it.
Json marked_as_error(const Json& content) {
  std::vector<std::string> texts = texts_of(content);
  const bool says_so = std::ranges::any_of(texts, [](std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text.find("error") != text.npos;
  });
  if (says_so) return content;
  if (texts.empty() || texts.front().empty()) return "Error";
  texts.front().insert(0, "Error: ");
  return content_of(texts);
}

Result<Json> read_tool_result(ParameterReader& block) {
  const auto id = TRY(block.text("tool_use_id", kMaxNameSize));
  if (!id) return fail(ErrorCode::kInvalidArgument, "{}: is missing", block.path_of("tool_use_id"));
  const bool is_error = TRY(block.boolean("is_error")).value_or(false);
  block.find("cache_control");
  Json content = "";
  if (const Json* given = block.find("content")) {
    content = TRY(read_content(*given, block.path_of("content")));
  }
  if (is_error) content = marked_as_error(content);
  return Json{{"role", "tool"}, {"content", std::move(content)}, {"tool_call_id", *id}};
}

Result<Json> read_tool_use(ParameterReader& block) {
  const auto id = TRY(block.text("id", kMaxNameSize));
  const auto name = TRY(block.text("name", kMaxNameSize));
  block.find("cache_control");
  if (!id) return fail(ErrorCode::kInvalidArgument, "{}: is missing", block.path_of("id"));
  if (!name) return fail(ErrorCode::kInvalidArgument, "{}: is missing", block.path_of("name"));
  return Json{{"id", *id},
              {"type", "function"},
              {"function", {{"name", *name}, {"arguments", TRY(read_arguments(block, "input"))}}}};
}

Status read_block(const Json& value, const std::string& path, Blocks& blocks) {
  auto block = TRY(ParameterReader::of(value, path));
  const auto type = TRY(block.text("type", 64)).value_or("");
  if (type == "thinking") {
    block.find("signature");
    if (auto text = TRY(block.text("thinking", size_t(32) << 20))) blocks.reasoning.push_back(*text);
  } else if (type == "redacted_thinking") {
    // Sealed by another server: nobody here can read it.
    block.find("data");
  } else if (type == "tool_use") {
    if (blocks.tool_calls.size() >= kMaxToolCalls) {
      return fail(ErrorCode::kInvalidArgument, "{}: is more than {} tool uses", path, kMaxToolCalls);
    }
    blocks.tool_calls.push_back(TRY(read_tool_use(block)));
  } else if (type == "tool_result") {
    blocks.tool_results.push_back(TRY(read_tool_result(block)));
  } else {
    blocks.texts.push_back(TRY(read_text_part(value, path)));
    return {};
  }
  return block.finish(false);
}

Result<Blocks> read_blocks(const Json& content, const std::string& path) {
  Blocks blocks;
  if (content.is_string()) {
    blocks.texts.push_back(content.get<std::string>());
    return blocks;
  }
  if (!content.is_array() || content.size() > kMaxBlocks) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be a string or an array of at most {} blocks", path,
                kMaxBlocks);
  }
  for (size_t i = 0; i < content.size(); ++i) {
    TRY(read_block(content[i], fmt::format("{}[{}]", path, i), blocks));
  }
  return blocks;
}

Status read_user(Blocks blocks, Json& messages) {
  const bool has_results = !blocks.tool_results.empty();
  for (Json& result : blocks.tool_results) messages.push_back(std::move(result));
  if (blocks.texts.empty() && has_results) return {};
  if (blocks.texts.empty()) blocks.texts.emplace_back();
  messages.push_back({{"role", "user"}, {"content", content_of(blocks.texts)}});
  return {};
}

Json assistant_message(Blocks blocks) {
  const bool has_calls = !blocks.tool_calls.empty();
  if (blocks.texts.empty() && !has_calls) blocks.texts.emplace_back();
  Json message = {{"role", "assistant"}, {"content", content_of(blocks.texts)}};
  if (!blocks.reasoning.empty()) message["reasoning_content"] = join_texts(blocks.reasoning, "\n");
  if (has_calls) message["tool_calls"] = std::move(blocks.tool_calls);
  return message;
}

Status read_message(const Json& value, const std::string& path, Json& messages) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto role = TRY(reader.text("role", kMaxNameSize)).value_or("");
  const Json& content = *TRY(reader.require("content"));
  TRY(reader.finish(false));
  if (role == "system" || role == "developer") {
    messages.push_back(
        {{"role", "system"}, {"content", TRY(read_content(content, reader.path_of("content")))}});
    return {};
  }
  if (role != "user" && role != "assistant") {
    return fail(ErrorCode::kInvalidArgument, "{}.role: must be \"user\", \"assistant\" or \"system\"", path);
  }
  Blocks blocks = TRY(read_blocks(content, reader.path_of("content")));
  const bool is_user = role == "user";
  if (is_user ? !blocks.tool_calls.empty() : !blocks.tool_results.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{}.content: holds a block that its role cannot have", path);
  }
  if (is_user) return read_user(std::move(blocks), messages);
  messages.push_back(assistant_message(std::move(blocks)));
  return {};
}

constexpr Schema kMessage = Schema::elsewhere("AnthropicMessage");

constexpr Parameter kPrompt[] = {
    {"system", Schema::elsewhere("ChatContent"), "What the system says."},
    {.name = "messages",
     .schema = Schema::array(kMessage, 1, kMaxMessages),
     .description = "The conversation.",
     .required = true},
};

}  // namespace

ParameterList anthropic_prompt_parameters() { return {kPrompt}; }

Result<ChatPrompt> read_anthropic_prompt(Parameters& parameters) {
  ChatPrompt prompt;
  if (const Json* system = parameters.find("system")) {
    Json content = TRY(read_content(*system, "system"));
    if (!is_empty_content(content))
      prompt.messages.push_back({{"role", "system"}, {"content", std::move(content)}});
  }
  const Json& messages = *parameters.find("messages");
  for (size_t i = 0; i < messages.size(); ++i) {
    TRY(read_message(messages[i], fmt::format("messages[{}]", i), prompt.messages));
  }
  const Json& last = prompt.messages.back();
  prompt.continue_final_message = last["role"] == "assistant" && !last.contains("tool_calls");
  return prompt;
}

}  // namespace hearth::api
