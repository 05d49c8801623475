#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "text/jinja/value/limits.h"
#include "text/jinja/value/string.h"
#include "text/origin_text.h"
#include "text/template/chat_template_traits.h"

namespace hearth {

namespace jinja {
class Runtime;
}

struct ChatTemplateOptions {
  /// Texts that the template may name; trusted as its own text is. Without one, the name is undefined.
  std::optional<std::string> bos_token = {}, eos_token = {};
  /// Further such names and texts: {"pad_token", "<pad>"}.
  std::vector<std::pair<std::string, std::string>> special_tokens = {};
  JinjaLimits limits = {};
};

/// Turns a conversation into a model's prompt by the model's own template: Jinja, as Hugging Face's
/// transformers sets it up, or Go's, as Ollama's models carry it. Immutable after parse, safe to share
/// between threads; movable.
class ChatTemplate {
 public:
  struct Input {
    /// [{"role", "content": text or parts, "tool_calls", "reasoning_content", ...}]
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    nlohmann::ordered_json tools = nullptr;      ///< array of function schemas; null is none
    nlohmann::ordered_json documents = nullptr;  ///< array of {"title", "text"}; null is none
    /// Further variables by name (chat_template_kwargs): an object.
    nlohmann::ordered_json extra = nlohmann::ordered_json::object();
    bool add_generation_prompt = true;
    /// What becomes of `tool_calls[].function.arguments` that are the text of an object; others stay.
    ArgumentsForm arguments = ArgumentsForm::kAsGiven;
    /// The local time that strftime_now() prints; called at most once. Without it, strftime_now() is an
    /// error.
    std::function<std::tm()> local_time = {};
  };

  /// Also finds out what the template takes (traits()), at a bounded cost.
  /// Errors name the line: kCorruptData for broken syntax, kUnsupported for a tag, filter or test that this
  /// interpreter lacks, kResourceLimit for a template too long or nested too deep.
  static Result<ChatTemplate> parse(std::string source, ChatTemplateOptions options = {});

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  /// The prompt. Bytes of the template and of its special tokens are kTemplate, all that came in with `input`
  /// is kContent, whatever was done to it. Errors name the line: kInvalidArgument where the template refuses
  /// the conversation (raise_exception gives its own message), where a value is of a wrong type, or a name in
  /// `extra` is reserved; kUnsupported for what this interpreter lacks; kResourceLimit for a limit.
  Result<OriginText> render(const Input& input) const;

  /// Whether the template reads the variable `name` from outside ("tools", "documents", "enable_thinking").
  bool reads(std::string_view name) const;

  /// What the template takes, where templates differ; render() does not heed it (conversation_writer.h does).
  const ChatTemplateTraits& traits() const;

  const std::string& source() const;

 private:
  struct State;
  explicit ChatTemplate(std::unique_ptr<State> state);

  void probe();
  Result<jinja::OriginString> render_jinja(jinja::Runtime& runtime, const Input& input,
                                           uint32_t& error_line) const;
  Result<OriginText> render_within(const JinjaLimits& limits, const Input& input) const;

  std::unique_ptr<State> state_;
};

/// Names that `extra` may not carry: what the engine itself sets or a request field controls.
std::vector<std::string_view> reserved_template_names();
/// How further ones end.
inline constexpr std::string_view kReservedTemplateEnd = "_token";
/// Whether a name is one of these.
bool is_reserved_template_name(std::string_view name);

/// The template (ChatML) for models that have none.
std::string_view default_chat_template();

}  // namespace hearth
