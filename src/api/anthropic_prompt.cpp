#include "api/anthropic_prompt.h"

#include "api/chat_messages.h"
#include "api/content.h"

namespace hearth {
namespace {

constexpr size_t kMaxBlocks = 4096;

/// Blocks of one message, sorted into what a chat template keeps apart.
struct Blocks {
  std::string text, reasoning;
  bool has_text = false;
  Json tool_calls = Json::array();
  Json tool_results = Json::array();  ///< messages of role "tool"

  void add_text(const std::string& more) {
    if (has_text) text += '\n';
    text += more;
    has_text = true;
  }
};

Result<Json> read_tool_result(ParameterReader& block) {
  const auto id = TRY(block.text("tool_use_id", kMaxNameSize));
  if (!id) return fail(ErrorCode::kInvalidArgument, "{}: is missing", block.path_of("tool_use_id"));
  TRY(block.boolean("is_error"));
  block.find("cache_control");
  std::string text;
  if (const Json* content = block.find("content")) {
    text = TRY(read_content(*content, block.path_of("content")));
  }
  return Json{{"role", "tool"}, {"tool_call_id", *id}, {"content", text}};
}

Result<Json> read_tool_use(ParameterReader& block) {
  const auto id = TRY(block.text("id", kMaxNameSize));
  const auto name = TRY(block.text("name", kMaxNameSize));
  const Json* input = block.find("input");
  block.find("cache_control");
  if (!id || !name || (input != nullptr && !input->is_object())) {
    return fail(ErrorCode::kInvalidArgument, "{}: a tool use has an id, a name and an object as input",
                block.path_of("type"));
  }
  return Json{{"id", *id},
              {"type", "function"},
              {"function", {{"name", *name}, {"arguments", input == nullptr ? Json::object() : *input}}}};
}

Status read_block(const Json& value, const std::string& path, Blocks& blocks) {
  auto block = TRY(ParameterReader::of(value, path));
  const auto type = TRY(block.text("type", 64)).value_or("");
  if (type == "thinking") {
    block.find("signature");
    blocks.reasoning += TRY(block.text("thinking", size_t(32) << 20)).value_or("");
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
    blocks.add_text(TRY(read_content(Json::array({value}), path)));
    return {};
  }
  return block.finish(false);
}

Result<Blocks> read_blocks(const Json& content, const std::string& path) {
  Blocks blocks;
  if (content.is_string()) {
    blocks.add_text(content.get<std::string>());
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

Status read_message(const Json& value, const std::string& path, Json& messages) {
  auto reader = TRY(ParameterReader::of(value, path));
  const auto role = TRY(reader.text("role", kMaxNameSize)).value_or("");
  if (role != "user" && role != "assistant") {
    return fail(ErrorCode::kInvalidArgument, "{}.role: must be \"user\" or \"assistant\"", path);
  }
  Blocks blocks = TRY(read_blocks(*TRY(reader.require("content")), reader.path_of("content")));
  TRY(reader.finish(false));
  const bool is_user = role == "user";
  if (is_user ? !blocks.tool_calls.empty() : !blocks.tool_results.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{}.content: holds a block that its role cannot have", path);
  }
  for (Json& result : blocks.tool_results) messages.push_back(std::move(result));
  if (is_user && !blocks.has_text && !blocks.tool_results.empty()) return {};
  Json message = {{"role", role}, {"content", blocks.text}};
  if (!blocks.reasoning.empty()) message["reasoning_content"] = blocks.reasoning;
  if (!blocks.tool_calls.empty()) message["tool_calls"] = std::move(blocks.tool_calls);
  messages.push_back(std::move(message));
  return {};
}

}  // namespace

Result<ChatPrompt> read_anthropic_prompt(ParameterReader& reader) {
  ChatPrompt prompt;
  if (const Json* system = reader.find("system")) {
    const std::string text = TRY(read_content(*system, reader.path_of("system")));
    if (!text.empty()) prompt.messages.push_back({{"role", "system"}, {"content", text}});
  }
  const Json& messages = *TRY(reader.require("messages"));
  if (!messages.is_array() || messages.empty() || messages.size() > kMaxMessages) {
    return fail(ErrorCode::kInvalidArgument, "messages: must be an array of 1 to {} messages", kMaxMessages);
  }
  for (size_t i = 0; i < messages.size(); ++i) {
    TRY(read_message(messages[i], fmt::format("messages[{}]", i), prompt.messages));
  }
  const Json& last = prompt.messages.back();
  prompt.continue_final_message = last["role"] == "assistant" && !last.contains("tool_calls");
  return prompt;
}

}  // namespace hearth
