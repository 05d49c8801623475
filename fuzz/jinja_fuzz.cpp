// A chat template: parsed, and rendered with a fixed conversation under small limits. What the conversation
// says is written in private-use characters, so that its bytes are known wherever they come out.

#include <cstdint>
#include <string>

#include "text/template/conversation_writer.h"

namespace {

using namespace hearth;
using Json = nlohmann::ordered_json;

void check(bool promise) {
  if (!promise) __builtin_trap();
}

constexpr char kContentByte = '\xee';

ChatTemplate::Input conversation() {
  const std::string said = "\xee\x80\x80 \xee\x80\x81\n\xee\x80\x82";
  ChatTemplate::Input input;
  input.messages = Json::array({
      {{"role", "system"}, {"content", said}},
      {{"role", "user"}, {"content", {{{"type", "text"}, {"text", said}}, {{"type", "image"}}}}},
      {{"role", "assistant"},
       {"content", nullptr},
       {"reasoning_content", said},
       {"tool_calls",
        {{{"id", "call00001"},
          {"function", {{"name", "f"}, {"arguments", {{said, 1.5}, {"b", {1, nullptr}}}}}}}}}},
      {{"role", "tool"}, {"content", said}, {"tool_call_id", "call00001"}},
      {{"role", "user"}, {"content", said}},
  });
  input.tools = Json::array(
      {{{"type", "function"},
        {"function",
         {{"name", "f"},
          {"description", said},
          {"parameters", {{"type", "object"}, {"properties", {{said, {{"type", "string"}}}}}}}}}}});
  input.documents = Json::array({{{"title", said}, {"text", said}}});
  input.extra = {{"s", said},         {"i", 7},
                 {"f", 2.5},          {"t", true},
                 {"nums", {3, 1, 2}}, {"d", {{"one", 1}, {"two", said}}}};
  input.local_time = [] {
    std::tm time = {};
    time.tm_year = 126;
    return time;
  };
  return input;
}

/// The same as every way in reads it, the last text carried on.
ChatConversation read_conversation() {
  const std::string said = "\xee\x80\x80 \xee\x80\x81\n\xee\x80\x82";
  Json calling = {{"role", "assistant"}, {"content", nullptr}};
  calling["tool_calls"] = Json::array(
      {{{"id", "call_1"},
        {"type", "function"},
        {"function", {{"name", "f"}, {"arguments", R"({"a": [1e400, {"b": null}], "c": "d"})"}}}}});
  return {.messages = Json::array(
              {{{"role", "system"}, {"content", said}},
               {{"role", "user"},
                {"content", {{{"type", "text"}, {"text", said}}, {{"type", "text"}, {"text", "x"}}}}},
               calling,
               {{"role", "tool"}, {"content", said}, {"tool_call_id", "call_1"}},
               {{"role", "assistant"}, {"content", said}}}),
          .continue_final_message = true,
          .local_time = [] { return std::tm{}; }};
}

void check_text(const OriginText& text, bool template_is_plain) {
  size_t at = 0;
  for (size_t i = 0; i < text.ranges().size(); ++i) {
    const auto& range = text.ranges()[i];
    check(range.begin == at && range.end > range.begin);
    check(i == 0 || text.ranges()[i - 1].origin != range.origin);
    at = range.end;
    if (range.origin == Origin::kTemplate && template_is_plain) {
      check(text.text().substr(range.begin, range.end - range.begin).find(kContentByte) == std::string::npos);
    }
  }
  check(at == text.text().size());
}

void check_error(const Error& error) {
  check(!error.message.empty() && !error.hint.empty());
  check(error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kCorruptData ||
        error.code == ErrorCode::kUnsupported || error.code == ErrorCode::kResourceLimit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ChatTemplate::Input kConversation = conversation();
  const std::string source(reinterpret_cast<const char*>(data), size);
  const JinjaLimits limits = {
      .max_steps = 50'000, .max_output = size_t(1) << 20, .max_memory = size_t(8) << 20};
  const auto parsed =
      ChatTemplate::parse(source, {.bos_token = "<s>", .eos_token = "</s>", .limits = limits});
  if (!parsed) {
    check_error(parsed.error());
    return 0;
  }
  static const ChatConversation kRead = read_conversation();
  const auto written = write_conversation(*parsed, kRead);
  if (!written) check_error(written.error());
  const auto text = parsed->render(kConversation);
  if (!text) {
    check_error(text.error());
    return 0;
  }
  // A template can write the conversation's characters itself: as they are, by an escape, or by '%c'.
  const bool plain = source.find(kContentByte) == std::string::npos &&
                     source.find('\\') == std::string::npos && source.find("'%") == std::string::npos &&
                     source.find("\"%") == std::string::npos;
  check_text(*text, plain);
  if (written) check_text(*written, plain);
  return 0;
}
