#include "text/chat_template.h"

#include <algorithm>
#include <array>

#include "text/jinja_evaluator.h"
#include "text/jinja_functions.h"
#include "text/jinja_json.h"
#include "text/jinja_parser.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;
using jinja::Dict;
using jinja::Runtime;
using jinja::Value;

constexpr char kMessageForm[] = "give messages as [{\"role\": ..., \"content\": ...}]";

/// The names that a message's reasoning goes by; templates read the first, or `thinking`.
constexpr std::array<const char*, 3> kReasoningNames = {"reasoning_content", "thinking", "reasoning"};

const Json* find_reasoning(const Json& message) {
  for (const char* name : kReasoningNames) {
    const auto at = message.find(name);
    if (at != message.end() && !at->is_null()) return &*at;
  }
  return nullptr;
}

/// A message as transformers hands it to a template: its reasoning also as `thinking`, in front, and as
/// `reasoning_content`, at the end, where it has it under another name.
Result<Value> message_value(Runtime& runtime, const Json& message) {
  if (!message.is_object()) {
    return fail_hint(ErrorCode::kInvalidArgument, kMessageForm, "a chat message must be an object, not {}",
                     message.type_name());
  }
  const Json* reasoning = find_reasoning(message);
  if (reasoning == nullptr) return from_json(runtime, message, Origin::kContent);
  Dict dict;
  const auto add = [&](const std::string& name, const Json& value) -> Status {
    Value key = TRY(runtime.string(name, Origin::kContent));
    dict.append(std::move(key), TRY(from_json(runtime, value, Origin::kContent)));
    return {};
  };
  TRY(add("thinking", *reasoning));
  for (const auto& [name, value] : message.items()) TRY(add(name, value));
  TRY(add("reasoning_content", *reasoning));
  dict.finish();
  return runtime.dict(std::move(dict), Origin::kContent);
}

Result<Value> messages_value(Runtime& runtime, const Json& messages) {
  if (!messages.is_array()) {
    return fail_hint(ErrorCode::kInvalidArgument, kMessageForm, "'messages' must be an array, not {}",
                     messages.type_name());
  }
  std::vector<Value> values;
  for (const Json& message : messages) values.push_back(TRY(message_value(runtime, message)));
  return runtime.list(std::move(values), Origin::kContent);
}

Status check_objects(std::string_view name, const Json& list) {
  if (list.is_null()) return {};
  const bool valid =
      list.is_array() && std::ranges::all_of(list, [](const Json& item) { return item.is_object(); });
  if (!valid) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave it out, or give [{...}]",
                     "'{}' must be an array of objects", name);
  }
  return {};
}

Status check_extra(const Json& extra) {
  if (!extra.is_object())
    return fail_hint(ErrorCode::kInvalidArgument, "give them as {\"name\": value}",
                     "the variables for the chat template must be an object, not {}", extra.type_name());
  for (const auto& [name, value] : extra.items()) {
    if (is_reserved_template_name(name)) {
      return fail_hint(ErrorCode::kInvalidArgument, "use the request's own field for it",
                       "'{}' cannot be given as a variable of the chat template", name);
    }
  }
  return {};
}

/// An error with where it happened (0: the message tells) and what to do about it.
Error explained(Error error, uint32_t line) {
  error.message = line == 0 ? "chat template: " + error.message
                            : fmt::format("chat template: line {}: {}", line, error.message);
  if (!error.hint.empty()) return error;
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      error.hint = "the chat template does not fit this conversation";
      break;
    case ErrorCode::kResourceLimit:
      error.hint = "shorten the conversation, or give another chat template";
      break;
    default:
      error.hint = "give another chat template";
      break;
  }
  return error;
}

constexpr std::string_view kChatMl =
    R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\n' -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- elif message.content -%}
{%- for part in message.content if part.type == 'text' -%}{{- part.text -}}{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%})";

}  // namespace

struct ChatTemplate::State {
  std::string source;
  ChatTemplateOptions options;
  jinja::Program program;

  std::optional<std::string> special_token(std::string_view name) const {
    if (name == "bos_token") return options.bos_token;
    if (name == "eos_token") return options.eos_token;
    for (const auto& [known, text] : options.special_tokens) {
      if (known == name) return text;
    }
    return std::nullopt;
  }
};

ChatTemplate::ChatTemplate(std::unique_ptr<const State> state) : state_(std::move(state)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::parse(std::string source, ChatTemplateOptions options) {
  auto program = jinja::parse(source, options.limits);
  if (!program) return std::unexpected(explained(std::move(program).error(), 0));
  return ChatTemplate(
      std::make_unique<const State>(std::move(source), std::move(options), std::move(*program)));
}

namespace {

/// The variables of one rendering, made when the template reads them.
class Variables {
 public:
  Variables(Runtime& runtime, const ChatTemplate::Input& input) : runtime_(runtime), input_(input) {}

  Result<std::optional<Value>> find(const std::string& name) {
    if (name == "messages") return TRY(messages_value(runtime_, input_.messages));
    if (name == "tools") return TRY(from_json(runtime_, input_.tools, Origin::kContent));
    if (name == "documents") return TRY(from_json(runtime_, input_.documents, Origin::kContent));
    if (name == "add_generation_prompt") return Value::boolean(input_.add_generation_prompt);
    const auto at = input_.extra.find(name);
    if (at == input_.extra.end()) return std::nullopt;
    return TRY(from_json(runtime_, *at, Origin::kContent));
  }

 private:
  Runtime& runtime_;
  const ChatTemplate::Input& input_;
};

}  // namespace

Result<OriginText> ChatTemplate::render(const Input& input) const {
  TRY(check_objects("tools", input.tools));
  TRY(check_objects("documents", input.documents));
  TRY(check_extra(input.extra));
  Runtime runtime(state_->options.limits, input.local_time);
  Variables variables(runtime, input);
  jinja::Evaluator evaluator(state_->program, runtime);
  auto text = evaluator.run([&](const std::string& name) -> Result<std::optional<Value>> {
    if (const auto token = state_->special_token(name)) return TRY(runtime.string(*token));
    return variables.find(name);
  });
  if (!text && runtime.raised) return std::unexpected(std::move(text).error());
  if (!text) return std::unexpected(explained(std::move(text).error(), evaluator.error_line()));
  OriginText prompt;
  text->for_each_range(0, text->size(),
                       [&](std::string_view bytes, Origin origin) { prompt.append(bytes, origin); });
  return prompt;
}

bool ChatTemplate::reads(std::string_view name) const {
  return std::ranges::find(state_->program.context_names, name) != state_->program.context_names.end();
}

const std::string& ChatTemplate::source() const { return state_->source; }

bool is_reserved_template_name(std::string_view name) {
  static constexpr std::string_view kReserved[] = {
      "messages",       "conversation",  "conversations",    "tools",
      "documents",      "chat_template", "tokenize",         "add_generation_prompt",
      "padding",        "truncation",    "max_length",       "continue_final_message",
      "return_tensors", "return_dict",   "tokenizer_kwargs", "return_assistant_tokens_mask",
  };
  return std::ranges::find(kReserved, name) != std::end(kReserved) || name.ends_with("_token") ||
         jinja::is_global(name);
}

std::string_view default_chat_template() { return kChatMl; }

}  // namespace hearth
