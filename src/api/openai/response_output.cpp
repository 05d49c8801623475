#include "api/openai/response_output.h"

#include "api/call/api_call.h"
#include "api/openai/response_body.h"

namespace hearth::api {
namespace {

/// Name and arguments of a call are one item.
PartKind item_kind(const OutputPart& part) {
  return part.kind == PartKind::kToolName ? PartKind::kToolArguments : part.kind;
}

}  // namespace

void ResponseOutput::begin_message(Events& events) { open({.text = {}}, {}, events); }

void ResponseOutput::add(std::span<const OutputPart> parts, std::span<const ToolCall> calls, Json logprobs,
                         Events& events) {
  for (const OutputPart& part : parts) {
    const bool begins_call = part.kind == PartKind::kToolName;
    if (begins_call || !is_open_ || kind_ != item_kind(part)) {
      close("completed", events);
      open(part, calls, events);
    }
    if (begins_call) continue;
    // The tokens of an event are not told apart: they go with its first text.
    Json of_part = Json::array();
    if (part.kind == PartKind::kContent) std::swap(of_part, logprobs);
    say(part, std::move(of_part), events);
  }
  // Tokens may bring no text of their own: half a character, or what may yet be a stop string.
  if (!logprobs.empty() && is_open_ && kind_ == PartKind::kContent) {
    say({.text = {}}, std::move(logprobs), events);
  }
}

void ResponseOutput::open(const OutputPart& part, std::span<const ToolCall> calls, Events& events) {
  is_open_ = true;
  kind_ = item_kind(part);
  text_.clear();
  logprobs_ = Json::array();
  switch (kind_) {
    case PartKind::kContent:
      id_ = std::exchange(message_id_, {});
      if (id_.empty()) id_ = random_id("msg_");
      break;
    case PartKind::kReasoning:
      id_ = random_id("rs_");
      break;
    default:
      id_ = random_id("fc_");
      call_ = calls[num_calls_++];
  }
  events.emplace_back("response.output_item.added",
                      Json{{"output_index", items_.size()}, {"item", item_json("in_progress", false)}});
  if (kind_ == PartKind::kToolArguments) return;
  events.emplace_back("response.content_part.added", in_part({{"part", content_part()}}));
}

void ResponseOutput::say(const OutputPart& part, Json logprobs, Events& events) {
  text_ += part.text;
  if (kind_ == PartKind::kContent) {
    logprobs_.insert(logprobs_.end(), logprobs.begin(), logprobs.end());
    events.emplace_back("response.output_text.delta",
                        in_part({{"delta", part.text}, {"logprobs", std::move(logprobs)}}));
  } else if (kind_ == PartKind::kReasoning) {
    events.emplace_back("response.reasoning_text.delta", in_part({{"delta", part.text}}));
  } else {
    events.emplace_back("response.function_call_arguments.delta", in_item({{"delta", part.text}}));
  }
}

void ResponseOutput::close(std::string_view status, Events& events) {
  if (!is_open_) return;
  const Json item = item_json(status, true);
  if (kind_ == PartKind::kContent) {
    events.emplace_back("response.output_text.done", in_part({{"text", text_}, {"logprobs", logprobs_}}));
  } else if (kind_ == PartKind::kReasoning) {
    events.emplace_back("response.reasoning_text.done", in_part({{"text", text_}}));
  } else {
    events.emplace_back("response.function_call_arguments.done",
                        in_item({{"name", call_.name}, {"arguments", text_}}));
  }
  if (kind_ != PartKind::kToolArguments) {
    events.emplace_back("response.content_part.done", in_part({{"part", content_part()}}));
  }
  events.emplace_back("response.output_item.done", Json{{"output_index", items_.size()}, {"item", item}});
  items_.push_back(item);
  is_open_ = false;
}

void ResponseOutput::end(std::string_view status, Events& events) {
  if (!is_open_ && items_.empty()) begin_message(events);
  close(status, events);
}

Json ResponseOutput::content_part() const {
  if (kind_ == PartKind::kContent) return output_text_json(text_, logprobs_);
  return {{"type", "reasoning_text"}, {"text", text_}};
}

Json ResponseOutput::item_json(std::string_view status, bool is_whole) const {
  Json content = Json::array();
  if (is_whole && kind_ != PartKind::kToolArguments) content.push_back(content_part());
  if (kind_ == PartKind::kContent) return output_message_json(id_, status, std::move(content));
  if (kind_ == PartKind::kReasoning) {
    return {{"id", id_},
            {"type", "reasoning"},
            {"status", status},
            {"summary", Json::array()},
            {"content", std::move(content)}};
  }
  return {{"id", id_},           {"type", "function_call"}, {"status", status},
          {"call_id", call_.id}, {"name", call_.name},      {"arguments", text_}};
}

Json ResponseOutput::in_item(const Json& members) const {
  Json data = {{"item_id", id_}, {"output_index", items_.size()}};
  data.update(members);
  return data;
}

Json ResponseOutput::in_part(const Json& members) const {
  Json data = in_item({{"content_index", 0}});
  data.update(members);
  return data;
}

}  // namespace hearth::api
