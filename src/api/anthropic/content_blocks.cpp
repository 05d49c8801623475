#include "api/anthropic/content_blocks.h"

namespace hearth::api {
namespace {

/// Name and arguments of a call are one block.
PartKind block_kind(const OutputPart& part) {
  return part.kind == PartKind::kToolName ? PartKind::kToolArguments : part.kind;
}

Json text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }
// What was thought here needs no signature to be believed later.
Json thinking_block(std::string_view text) {
  return {{"type", "thinking"}, {"thinking", text}, {"signature", ""}};
}
Json tool_use_block(std::string_view id, std::string_view name, Json input) {
  return {{"type", "tool_use"}, {"id", id}, {"name", name}, {"input", std::move(input)}};
}

/// Nothing where the arguments are no whole object.
std::optional<Json> input_of(const ToolCall& call) {
  if (call.arguments.empty()) return Json::object();
  auto input = parse_json(call.arguments);
  if (!input || !input->is_object()) return std::nullopt;
  return *std::move(input);
}

}  // namespace

StreamFrame anthropic_frame(const Json& data) { return {data["type"].get<std::string>(), dump_json(data)}; }

Json content_blocks_json(const Choice& choice) {
  Json blocks = Json::array();
  size_t num_calls = 0;
  for (const OutputPart& part : choice.parts) {
    if (part.kind == PartKind::kContent) blocks.push_back(text_block(part.text));
    if (part.kind == PartKind::kReasoning) blocks.push_back(thinking_block(part.text));
    if (part.kind != PartKind::kToolName) continue;
    const ToolCall& call = choice.tool_calls[num_calls++];
    blocks.push_back(tool_use_block(call.id, call.name, input_of(call).value_or(Json::object())));
  }
  if (blocks.empty()) blocks.push_back(text_block(""));
  return blocks;
}

void add_input_warnings(const Choice& choice, Json& response) {
  for (const ToolCall& call : choice.tool_calls) {
    if (input_of(call)) continue;
    response["warnings"].push_back(
        fmt::format("tools: the input of {} ({}) is no whole object, and is left empty", call.id, call.name));
  }
}

void ContentBlockStream::open(const OutputPart& part, std::string_view call_id,
                              std::vector<StreamFrame>& frames) {
  Json block;
  if (part.kind == PartKind::kContent) block = text_block("");
  if (part.kind == PartKind::kReasoning) block = thinking_block("");
  if (part.kind == PartKind::kToolName) block = tool_use_block(call_id, part.text, Json::object());
  frames.push_back(anthropic_frame(
      {{"type", "content_block_start"}, {"index", num_closed_}, {"content_block", std::move(block)}}));
  open_ = block_kind(part);
}

void ContentBlockStream::add(const OutputPart& part, std::span<const ToolCall> calls,
                             std::vector<StreamFrame>& frames) {
  const bool begins_call = part.kind == PartKind::kToolName;
  if (begins_call || open_ != block_kind(part)) {
    close(frames);
    open(part, begins_call ? calls[num_calls_++].id : std::string_view(), frames);
  }
  if (begins_call) return;
  Json delta;
  if (part.kind == PartKind::kContent) delta = {{"type", "text_delta"}, {"text", part.text}};
  if (part.kind == PartKind::kReasoning) delta = {{"type", "thinking_delta"}, {"thinking", part.text}};
  if (part.kind == PartKind::kToolArguments) {
    delta = {{"type", "input_json_delta"}, {"partial_json", part.text}};
  }
  frames.push_back(anthropic_frame(
      {{"type", "content_block_delta"}, {"index", num_closed_}, {"delta", std::move(delta)}}));
}

void ContentBlockStream::close(std::vector<StreamFrame>& frames) {
  if (!open_) return;
  frames.push_back(anthropic_frame({{"type", "content_block_stop"}, {"index", num_closed_++}}));
  open_.reset();
}

void ContentBlockStream::end(std::vector<StreamFrame>& frames) {
  if (!open_ && num_closed_ == 0) open({.kind = PartKind::kContent, .text = {}}, {}, frames);
  close(frames);
}

}  // namespace hearth::api
