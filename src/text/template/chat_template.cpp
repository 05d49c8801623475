#include "text/template/chat_template.h"

#include <algorithm>
#include <array>
#include <variant>

#include "text/gotemplate/parser.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/library/functions.h"
#include "text/jinja/library/json.h"
#include "text/jinja/syntax/parser.h"
#include "text/template/chat_values.h"
#include "text/template/go_conversation.h"
#include "text/template/template_probe.h"

namespace hearth {

namespace {

constexpr std::string_view kReserved[] = {
    "messages",       "conversation",  "conversations",    "tools",
    "documents",      "chat_template", "tokenize",         "add_generation_prompt",
    "padding",        "truncation",    "max_length",       "continue_final_message",
    "return_tensors", "return_dict",   "tokenizer_kwargs", "return_assistant_tokens_mask",
};

using Json = nlohmann::ordered_json;
using jinja::Runtime;
using jinja::Value;

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

// What finding out about a template may cost, each time it is rendered.
constexpr uint64_t kMaxProbeSteps = 200'000;
constexpr size_t kMaxProbeBytes = size_t(1) << 20, kMaxProbeMemory = size_t(8) << 20;

constexpr std::string_view kChatMl =
    R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%})";

}  // namespace

struct ChatTemplate::State {
  std::string source;
  ChatTemplateOptions options;
  std::variant<jinja::Program, gotemplate::Program> program;
  ChatTemplateTraits traits = {};

  std::optional<std::string> special_token(std::string_view name) const {
    if (name == "bos_token") return options.bos_token;
    if (name == "eos_token") return options.eos_token;
    for (const auto& [known, text] : options.special_tokens) {
      if (known == name) return text;
    }
    return std::nullopt;
  }
};

ChatTemplate::ChatTemplate(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::parse(std::string source, ChatTemplateOptions options) {
  std::variant<jinja::Program, gotemplate::Program> program;
  const auto read = [&](auto parsed) -> Status {
    if (!parsed) return std::unexpected(explained(std::move(parsed).error(), 0));
    program = std::move(*parsed);
    return {};
  };
  if (gotemplate::is_go_template(source)) {
    TRY(read(gotemplate::parse(source, options.limits)));
  } else {
    TRY(read(jinja::parse(source, options.limits)));
  }
  ChatTemplate parsed(std::make_unique<State>(std::move(source), std::move(options), std::move(program)));
  parsed.probe();
  return parsed;
}

namespace {

/// The variables of one rendering, made when the template reads them.
class Variables {
 public:
  Variables(Runtime& runtime, const ChatTemplate::Input& input) : runtime_(runtime), input_(input) {}

  Result<std::optional<Value>> find(const std::string& name) {
    if (name == "messages") return TRY(jinja::messages_value(runtime_, input_.messages, input_.arguments));
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
  return render_within(state_->options.limits, input);
}

Result<OriginText> ChatTemplate::render_within(const JinjaLimits& limits, const Input& input) const {
  TRY(check_objects("tools", input.tools));
  TRY(check_objects("documents", input.documents));
  TRY(check_extra(input.extra));
  Runtime runtime(limits, input.local_time);
  uint32_t error_line = 0;
  auto text =
      std::holds_alternative<jinja::Program>(state_->program)
          ? render_jinja(runtime, input, error_line)
          : write_go_conversation(std::get<gotemplate::Program>(state_->program), runtime, input, error_line);
  if (!text && runtime.raised) return std::unexpected(std::move(text).error());
  if (!text) return std::unexpected(explained(std::move(text).error(), error_line));
  OriginText prompt;
  text->for_each_range(0, text->size(),
                       [&](std::string_view bytes, Origin origin) { prompt.append(bytes, origin); });
  return prompt;
}

Result<jinja::OriginString> ChatTemplate::render_jinja(Runtime& runtime, const Input& input,
                                                       uint32_t& error_line) const {
  Variables variables(runtime, input);
  jinja::Evaluator evaluator(std::get<jinja::Program>(state_->program), runtime);
  auto text = evaluator.run([&](const std::string& name) -> Result<std::optional<Value>> {
    if (const auto token = state_->special_token(name)) return TRY(runtime.string(*token));
    return variables.find(name);
  });
  error_line = evaluator.error_line();
  return text;
}

void ChatTemplate::probe() {
  JinjaLimits limits = state_->options.limits;
  limits.max_steps = std::min(limits.max_steps, kMaxProbeSteps);
  limits.max_output = std::min(limits.max_output, kMaxProbeBytes);
  limits.max_memory = std::min(limits.max_memory, kMaxProbeMemory);
  state_->traits = probe_traits([&](const Json& messages, ArgumentsForm arguments) {
    Input input;
    input.messages = messages;
    input.arguments = arguments;
    input.local_time = probe_time;
    return render_within(limits, input);
  });
}

const ChatTemplateTraits& ChatTemplate::traits() const { return state_->traits; }

bool ChatTemplate::reads(std::string_view name) const {
  if (const auto* go = std::get_if<gotemplate::Program>(&state_->program)) return reads_in_go(*go, name);
  const auto& names = std::get<jinja::Program>(state_->program).context_names;
  return std::ranges::find(names, name) != names.end();
}

const std::string& ChatTemplate::source() const { return state_->source; }

std::vector<std::string_view> reserved_template_names() {
  std::vector<std::string_view> names(std::begin(kReserved), std::end(kReserved));
  for (const std::string_view name : jinja::global_names()) names.push_back(name);
  return names;
}

bool is_reserved_template_name(std::string_view name) {
  return std::ranges::find(kReserved, name) != std::end(kReserved) || name.ends_with(kReservedTemplateEnd) ||
         jinja::is_global(name);
}

std::string_view default_chat_template() { return kChatMl; }

}  // namespace hearth
