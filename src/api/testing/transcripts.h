#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "api/tools/completion_parser.h"
#include "text/template/chat_template.h"
#include "text/template/mark_pieces.h"
#include "text/template/message_form.h"
#include "text/testing/template_fixture.h"

namespace hearth::testing {

using api::Json;

/// What a model said in one turn.
struct Turn {
  struct Call {
    std::string name;
    Json arguments;
    bool operator==(const Call&) const = default;
  };
  std::string reasoning, content;
  std::vector<Call> calls;
};

/// A turn as the model of a template writes it, and how that is read.
struct Transcript {
  std::string family, text;
  api::CompletionForm form;
  Turn turn;
};

/// Makes up turns with calls and lets a template write them.
class TranscriptMaker {
 public:
  explicit TranscriptMaker(uint32_t seed) : random_(seed) {}

  struct Family {
    std::string name;
    ChatTemplate chat_template;
    ToolFormat tools;
    ReasoningFormat reasoning;
  };
  /// The templates that write calls.
  static std::vector<Family> families();

  /// Nothing where the template does not write such a turn (thoughts, text beside calls).
  std::optional<Transcript> make(const Family& family, bool with_text);

 private:
  Json value(const Json& schema, const Family& family, int depth);
  std::string text(const Family& family);
  size_t below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::mt19937 random_;
};

/// The tools that made-up turns call.
api::ToolSetPtr sample_tools();

/// What a parser makes of pieces, joined.
struct Read {
  std::string reasoning, content;
  std::vector<std::pair<std::string, std::string>> calls;
  size_t num_reasoning_tokens = 0;
  std::vector<std::string> warnings;
  bool operator==(const Read& other) const {
    return reasoning == other.reasoning && content == other.content && calls == other.calls &&
           warnings == other.warnings;
  }
};
Read read_pieces(const api::CompletionForm& form, const std::vector<std::string_view>& pieces);
inline Read read_whole(const api::CompletionForm& form, std::string_view text) {
  return read_pieces(form, {text});
}

namespace transcripts {

inline constexpr std::string_view kUser = "61840275", kContent = "27540918";

inline Json tool_json(std::string_view name, const char* properties) {
  return {{"type", "function"},
          {"function",
           {{"name", name},
            {"description", "d"},
            {"parameters", {{"type", "object"}, {"properties", Json::parse(properties)}}}}}};
}

inline const std::vector<Json>& definitions() {
  static const std::vector<Json> kAll = {
      tool_json("get_weather", R"({"city": {"type": "string"}, "days": {"type": "integer"},
                                   "exact": {"type": "boolean"}, "note": {"type": ["string", "null"]}})"),
      tool_json("write_file", R"({"path": {"type": "string"}, "text": {"type": "string"},
                                  "mode": {"enum": ["a", "w"]}})"),
      tool_json("search-all", R"({"query": {"type": "object"}, "tags": {"type": "array"},
                                  "limit": {"anyOf": [{"type": "number"}, {"type": "null"}]}})"),
      tool_json("stop", "{}"),
  };
  return kAll;
}

inline std::string rendered(const TranscriptMaker::Family& family, const Json& messages, bool prompt) {
  ChatTemplate::Input input;
  input.messages = messages_in_form(messages, family.chat_template.traits());
  input.tools = definitions();
  input.arguments = family.chat_template.traits().arguments;
  input.add_generation_prompt = prompt;
  input.local_time = [] { return std::tm{}; };
  const auto text = family.chat_template.render(input);
  if (!text) return {};
  const size_t at = text->text().rfind(kUser);
  return at == std::string::npos ? std::string() : text->text().substr(at + kUser.size());
}

/// What the model writes behind the prompt, up to the end of its turn. Nothing where the template refuses.
inline std::string turn_text(const TranscriptMaker::Family& family, const Json& message) {
  const Json user = {{"role", "user"}, {"content", kUser}};
  const std::string plain =
      rendered(family, Json::array({user, {{"role", "assistant"}, {"content", kContent}}}), false);
  const std::string prompt = rendered(family, Json::array({user}), true);
  std::string text = rendered(family, Json::array({user, message}), false);
  const size_t content = plain.find(kContent);
  if (text.empty() || content == plain.npos) return {};
  size_t begin = common_prefix(prompt, text);
  // Where messages have headers, another one has a header much like this one's.
  if (family.tools.shape != ToolShape::kHarmony) {
    begin = std::max(begin, common_prefix(std::string_view(plain).substr(0, content), text));
  }
  text.erase(0, begin);
  text.resize(text.size() - common_suffix(std::string_view(plain).substr(content + kContent.size()), text));
  return text;
}

}  // namespace transcripts

inline api::ToolSetPtr sample_tools() {
  std::vector<api::Tool> tools;
  for (const Json& definition : transcripts::definitions()) {
    const Json& function = definition["function"];
    tools.push_back(
        {.name = function["name"], .definition = definition, .parameters = function["parameters"]});
  }
  return std::make_shared<const api::ToolSet>(std::move(tools));
}

inline std::vector<TranscriptMaker::Family> TranscriptMaker::families() {
  std::vector<Family> all;
  for (const auto& [name, source] : load_templates()) {
    auto parsed = ChatTemplate::parse(source, {.bos_token = "<s>", .eos_token = "</s>"});
    if (!parsed) throw std::runtime_error(name + ": " + parsed.error().message);
    ToolFormat tools = find_tool_format(*parsed);
    if (tools.shape == ToolShape::kNone) continue;
    ReasoningFormat reasoning = find_reasoning_format(*parsed);
    all.push_back({name, *std::move(parsed), std::move(tools), std::move(reasoning)});
  }
  return all;
}

inline std::string TranscriptMaker::text(const Family& family) {
  static constexpr std::string_view kPieces[] = {"word",           "Z\u00fcrich", "\"quoted\"",
                                                 "{\"a\": 1}",     "line\nbreak", "\\path\\",
                                                 "<tool_call>",    "</think>",    "\u65e5\u672c\u8a9e",
                                                 "\U0001f642",     "it's",        "[x]",
                                                 "a, b)",          "\ttab",       "<b>html</b>",
                                                 "]</tool_calls>", "}}",          "%d",
                                                 "</function",     "null",        "7",
                                                 "<|end",          "&amp;",       "\"}"};
  std::string text;
  for (size_t i = below(4) + 1; i > 0; --i) {
    if (!text.empty()) text += ' ';
    text += kPieces[below(std::size(kPieces))];
  }
  // Forms without escapes cannot say their own marks.
  const std::string_view close = trimmed_mark(family.tools.value_close);
  if (!close.empty() && text.find(close) != text.npos) return "plain";
  if (family.name.starts_with("trl/lfm2") && text.find('\\') != text.npos) return "plain";
  return text;
}

inline Json TranscriptMaker::value(const Json& schema, const Family& family, int depth) {
  std::string type = schema.is_object() && schema.contains("type") && schema["type"].is_string()
                         ? schema["type"].get<std::string>()
                         : "";
  if (schema.is_object() && schema.contains("enum")) return schema["enum"][below(schema["enum"].size())];
  if (schema.is_object() && schema.contains("anyOf")) return below(2) == 0 ? Json(nullptr) : Json(0.25);
  if (type.empty() && schema.is_object() && schema.contains("type")) {
    return below(3) == 0 ? Json(nullptr) : Json("a " + text(family));
  }
  if (type.empty()) {
    static constexpr const char* kTypes[] = {"string", "integer", "boolean", "null", "array", "object"};
    type = kTypes[below(depth > 2 ? 4 : 6)];
  }
  if (type == "string") return text(family);
  if (type == "integer") return int64_t(below(2'000'001)) - 1'000'000;
  if (type == "boolean") return below(2) == 0;
  if (type == "null") return nullptr;
  Json made = type == "array" ? Json::array() : Json::object();
  for (size_t i = below(4); i > 0; --i) {
    Json inner = value(Json::object(), family, depth + 1);
    if (type == "array") {
      made.push_back(std::move(inner));
    } else {
      static constexpr const char* kKeys[] = {"name", "arguments", "k", "key_1", "end"};
      made[kKeys[below(std::size(kKeys))]] = std::move(inner);
    }
  }
  return made;
}

inline std::optional<Transcript> TranscriptMaker::make(const Family& family, bool with_text) {
  Transcript made{.family = family.name, .text = {}, .form = {}, .turn = {}};
  made.form = {.tools = family.tools, .reasoning = family.reasoning, .tool_set = sample_tools()};
  Json message = {{"role", "assistant"}, {"content", nullptr}};
  if (with_text) {
    made.turn.content = "I look " + text(family) + " up.";
    message["content"] = made.turn.content;
    if (family.reasoning.thinks()) {
      made.turn.reasoning = "First I think of it.";
      message["reasoning_content"] = message["reasoning"] = message["thinking"] = made.turn.reasoning;
    }
  }
  // This template ends the turn behind each call but the first.
  const size_t most = family.name == "trl/deepseek_r1_distill" ? 2 : 3;
  const size_t num_calls = family.tools.parallel ? below(most) + 1 : 1;
  for (size_t i = 0; i < num_calls; ++i) {
    const Json& function = transcripts::definitions()[below(transcripts::definitions().size())]["function"];
    Turn::Call call{function["name"], Json::object()};
    for (const auto& [key, schema] : function["parameters"]["properties"].items()) {
      if (below(4) > 0) call.arguments[key] = value(schema, family, 0);
    }
    std::string id = fmt::format("call{:05}", i);
    if (family.tools.indexed_ids) id = fmt::format("{}{}:{}", family.tools.name_prefix, call.name, i);
    message["tool_calls"].push_back(
        {{"id", id},
         {"type", "function"},
         {"function", {{"name", call.name}, {"arguments", call.arguments.dump()}}}});
    made.turn.calls.push_back(std::move(call));
  }
  made.text = transcripts::turn_text(family, message);
  if (made.text.empty()) return std::nullopt;
  return made;
}

inline Read read_pieces(const api::CompletionForm& form, const std::vector<std::string_view>& pieces) {
  const auto parser = api::make_completion_parser(form);
  std::vector<OutputPart> parts;
  Read read;
  const auto take = [&] {
    for (const OutputPart& part : parts) {
      switch (part.kind) {
        case PartKind::kContent:
          read.content += part.text;
          break;
        case PartKind::kReasoning:
          read.reasoning += part.text;
          break;
        case PartKind::kToolName:
          read.calls.emplace_back(part.text, "");
          break;
        case PartKind::kToolArguments:
          read.calls.back().second += part.text;
          break;
      }
    }
    parts.clear();
  };
  for (const std::string_view piece : pieces) {
    parser->push(0, piece, parts);
    take();
  }
  parser->finish("", parts);
  take();
  read.num_reasoning_tokens = parser->num_reasoning_tokens();
  read.warnings = parser->warnings();
  return read;
}

}  // namespace hearth::testing
