#include "api/ollama/messages.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "api/ollama/options.h"
#include "api/parameters/parameter_reader.h"
#include "api/prompt/chat_messages.h"
#include "api/prompt/content.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxTextSize = size_t(32) << 20;

constexpr std::string_view kKnownMembers[] = {"role",        "content",    "thinking",  "reasoning_content",
                                              "images",      "tool_calls", "tool_name", "name",
                                              "tool_call_id"};

/// Reads messages one after the other; results of tools refer to calls before them.
class MessageReader {
 public:
  explicit MessageReader(std::vector<std::string>& notes) : notes_(notes) {}

  Result<Json> read(const Json& value, const std::string& path) {
    auto reader = TRY(ParameterReader::of(value, path));
    for (const auto& member : value.items()) {
      if (std::ranges::find(kKnownMembers, member.key()) == std::end(kKnownMembers)) {
        note_unknown(path + ": ", member.key(), notes_);
      }
    }
    const auto role = TRY(reader.text("role", kMaxNameSize));
    if (!role) return fail(ErrorCode::kInvalidArgument, "{}.role: is missing", path);
    TRY(check_no_images(reader.find("images"), reader.path_of("images")));
    Json content = "";
    if (const Json* given = reader.find("content")) {
      content = TRY(read_content(*given, reader.path_of("content")));
    }
    if (*role == "user") return Json{{"role", *role}, {"content", std::move(content)}};
    if (*role == "system" || *role == "developer") {
      return Json{{"role", "system"}, {"content", std::move(content)}};
    }
    if (*role == "assistant") return read_assistant(reader, std::move(content));
    if (*role == "tool" || *role == "function") return read_result(reader, std::move(content));
    return fail(ErrorCode::kInvalidArgument, "{}.role: must be one of system, user, assistant, tool", path);
  }

 private:
  struct OpenCall {
    std::string id, name;
  };

  Result<Json> read_assistant(ParameterReader& reader, Json content) {
    Json message = {{"role", "assistant"}, {"content", std::move(content)}};
    for (const std::string_view name : {"reasoning_content", "thinking"}) {
      const auto thought = TRY(reader.text(name, kMaxTextSize));
      if (thought && !thought->empty()) message["reasoning_content"] = *thought;
    }
    open_calls_.clear();
    if (const Json* calls = reader.find("tool_calls"); calls != nullptr && !calls->empty()) {
      message["tool_calls"] = TRY(read_calls(*calls, reader.path_of("tool_calls")));
    }
    return message;
  }

  Result<Json> read_calls(const Json& calls, const std::string& path) {
    if (!calls.is_array() || calls.size() > kMaxToolCalls) {
      return fail(ErrorCode::kInvalidArgument, "{}: must be an array of at most {} calls", path,
                  kMaxToolCalls);
    }
    Json read = Json::array();
    for (size_t i = 0; i < calls.size(); ++i) {
      auto call = TRY(ParameterReader::of(calls[i], fmt::format("{}[{}]", path, i)));
      auto function = TRY(ParameterReader::of(*TRY(call.require("function")), call.path_of("function")));
      const auto name = TRY(function.text("name", kMaxNameSize));
      TRY(function.integer("index", 0, kMaxToolCalls));
      if (!name) return fail(ErrorCode::kInvalidArgument, "{}: is missing", function.path_of("name"));
      auto id = TRY(call.text("id", kMaxNameSize)).value_or("");
      // By its place alone, so that a conversation that grows keeps its beginning.
      if (id.empty()) id = fmt::format("call_{}", num_calls_);
      ++num_calls_;
      read.push_back(
          {{"id", id},
           {"type", "function"},
           {"function", {{"name", *name}, {"arguments", TRY(read_arguments(function, "arguments"))}}}});
      open_calls_.push_back({std::move(id), *name});
    }
    return read;
  }

  Result<Json> read_result(ParameterReader& reader, Json content) {
    std::string name = TRY(reader.text("tool_name", kMaxNameSize)).value_or("");
    if (const auto other = TRY(reader.text("name", kMaxNameSize)); other && name.empty()) name = *other;
    const std::string id = answered_id(TRY(reader.text("tool_call_id", kMaxNameSize)).value_or(""), name);
    Json message = {{"role", "tool"}, {"content", std::move(content)}};
    if (!id.empty()) message["tool_call_id"] = id;
    if (!name.empty()) message["name"] = name;
    return message;
  }

  /// The call that a result answers, which is then closed; its name where the result says none.
  std::string answered_id(std::string id, std::string& name) {
    const auto matches = [&](const OpenCall& call) { return id.empty() ? call.name == name : call.id == id; };
    auto call = std::ranges::find_if(open_calls_, matches);
    if (call == open_calls_.end() && id.empty()) call = open_calls_.begin();
    if (call == open_calls_.end()) return id;
    id = call->id;
    if (name.empty()) name = call->name;
    open_calls_.erase(call);
    return id;
  }

  std::vector<std::string>& notes_;
  std::deque<OpenCall> open_calls_;  ///< of the last turn, not answered yet
  size_t num_calls_ = 0;
};

}  // namespace

Status check_no_images(const Json* images, const std::string& path) {
  if (images == nullptr || (images->is_array() && images->empty())) return {};
  return fail_hint(ErrorCode::kUnsupported, "send text alone", "{}: the model reads no images", path);
}

Result<Json> read_ollama_messages(const Json& messages, std::vector<std::string>& notes) {
  MessageReader reader(notes);
  Json read = Json::array();
  for (size_t i = 0; i < messages.size(); ++i) {
    read.push_back(TRY(reader.read(messages[i], fmt::format("messages[{}]", i))));
  }
  return read;
}

}  // namespace hearth::api
