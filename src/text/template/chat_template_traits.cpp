#include "text/template/chat_template_traits.h"

#include <optional>
#include <string>
#include <string_view>

#include "text/template/message_form.h"

namespace hearth {
namespace {

using Json = nlohmann::ordered_json;

// Words that no template says by itself and that no change of case touches.
constexpr std::string_view kFirst = "71830519", kSecond = "40926177", kResult = "58203941",
                           kName = "f39175028", kKey = "k60418273", kArgument = "85920314",
                           kStray = "s27719046";
constexpr std::string_view kLongId = "call_0123456789abcdef", kShortId = "abcdefghi";

size_t count(std::string_view text, std::string_view word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) ++found;
  return found;
}

bool holds(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

Json message(std::string_view role, Json content) {
  return {{"role", role}, {"content", std::move(content)}};
}

/// A part with a member that shows where a template prints the list instead of what is in it.
Json stray_part(std::string_view text) { return {{"type", "text"}, {"text", text}, {kStray, kStray}}; }

/// A form of everything about calls that a template may be particular about.
struct CallForm {
  std::string_view id;
  ArgumentsForm arguments;
  bool null_content;
};

class Prober {
 public:
  explicit Prober(const TraitProbe& render) : render_(render) {}

  ChatTemplateTraits run() {
    traits_.user = content_form("user", ContentForm::kText);
    traits_.system = content_form("system", traits_.user);
    traits_.assistant = content_form("assistant", traits_.user);
    traits_.tool = traits_.user;
    find_call_form();
    traits_.tool = content_form("tool", traits_.user);
    return traits_;
  }

 private:
  std::optional<std::string> render(const Json& messages, ArgumentsForm arguments) {
    if (exhausted_) return std::nullopt;
    auto text = render_(messages, arguments);
    if (text) return text->text();
    // A template that costs too much is not asked again.
    exhausted_ = text.error().code == ErrorCode::kResourceLimit;
    return std::nullopt;
  }

  Json content(std::string_view text, ContentForm form) const {
    return content_in_form(std::string(text), form);
  }

  Json with_call(const CallForm& form, Json result) const {
    const Json calls = Json::array(
        {{{"id", form.id},
          {"type", "function"},
          {"function",
           {{"name", kName}, {"arguments", fmt::format(R"({{"{}": "{}"}})", kKey, kArgument)}}}}});
    Json calling = message("assistant", form.null_content ? Json(nullptr) : content("", traits_.assistant));
    calling["tool_calls"] = calls;
    Json answer = message("tool", std::move(result));
    answer["tool_call_id"] = form.id;
    return Json::array({message("user", content("Hi", traits_.user)), std::move(calling), std::move(answer)});
  }

  /// A conversation that holds `content` in a message of `role`.
  Json conversation(std::string_view role, Json content) const {
    const auto user = [&] { return message("user", this->content("Hi", traits_.user)); };
    if (role == "user") return Json::array({message(role, std::move(content))});
    if (role == "system") return Json::array({message(role, std::move(content)), user()});
    if (role == "assistant") return Json::array({user(), message(role, std::move(content)), user()});
    return with_call(
        {traits_.short_call_ids ? kShortId : kLongId, traits_.arguments, traits_.null_beside_calls},
        std::move(content));
  }

  bool writes(std::string_view role, Json content, std::initializer_list<std::string_view> words) {
    const auto text = render(conversation(role, std::move(content)), traits_.arguments);
    if (!text || holds(*text, kStray)) return false;
    for (const std::string_view word : words) {
      if (!holds(*text, word)) return false;
    }
    return true;
  }

  ContentForm content_form(std::string_view role, ContentForm otherwise) {
    const bool text = writes(role, kFirst, {kFirst});
    const bool parts =
        writes(role, Json::array({stray_part(kFirst), stray_part(kSecond)}), {kFirst, kSecond});
    if (parts) return text ? ContentForm::kTextOrParts : ContentForm::kParts;
    if (text) return ContentForm::kText;
    const bool one_part = writes(role, Json::array({stray_part(kFirst)}), {kFirst});
    return one_part ? ContentForm::kOnePart : otherwise;
  }

  static bool shows_arguments(std::string_view text, ArgumentsForm form) {
    if (!holds(text, kKey) || !holds(text, kArgument)) return false;
    // An object printed as Python writes dicts, or a text that was quoted once more, is in the wrong form.
    if (form == ArgumentsForm::kObject) return !holds(text, fmt::format("'{}'", kKey));
    return holds(text, fmt::format(R"({{"{}": "{}"}})", kKey, kArgument));
  }

  struct Rendered {
    std::string text;
    bool null_content;
  };

  /// The rendering with None as content, as most clients send it, unless the template fails on it or prints
  /// it.
  std::optional<Rendered> render_calls(std::string_view id, ArgumentsForm arguments) {
    const Json result = content(kResult, traits_.tool);
    auto null = render(with_call({id, arguments, true}, result), arguments);
    auto empty = render(with_call({id, arguments, false}, result), arguments);
    const auto num_nulls = [](std::string_view text) { return count(text, "None") + count(text, "null"); };
    if (null && (!empty || num_nulls(*null) <= num_nulls(*empty))) return Rendered{std::move(*null), true};
    if (empty) return Rendered{std::move(*empty), false};
    return std::nullopt;
  }

  void find_call_form() {
    for (const std::string_view id : {kLongId, kShortId}) {
      bool rendered = false;
      for (const ArgumentsForm form : {ArgumentsForm::kObject, ArgumentsForm::kText}) {
        const auto calls = render_calls(id, form);
        if (!calls) continue;
        const bool fits = shows_arguments(calls->text, form);
        if (rendered && !fits) continue;
        rendered = true;
        traits_.short_call_ids = id == kShortId;
        traits_.arguments = form;
        traits_.null_beside_calls = calls->null_content;
        if (fits) return;
      }
      if (rendered) return;
    }
  }

  const TraitProbe& render_;
  ChatTemplateTraits traits_;
  bool exhausted_ = false;
};

}  // namespace

ChatTemplateTraits probe_traits(const TraitProbe& render) { return Prober(render).run(); }

}  // namespace hearth
