#include "store/template_language.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr std::string_view kGoWords[] = {"if ",    "range ",    "with ", "end",   "else",
                                         "block ", "template ", "len ",  "json ", "define "};

bool is_go_action(std::string_view inside) {
  if (inside.starts_with('-')) inside.remove_prefix(1);
  inside.remove_prefix(std::min(inside.find_first_not_of(" \t\n"), inside.size()));
  return inside.starts_with('.') || inside.starts_with('$') || inside.starts_with("/*") ||
         std::ranges::any_of(kGoWords, [&](std::string_view word) { return inside.starts_with(word); });
}

}  // namespace

TemplateLanguage template_language(std::string_view text) {
  if (text.find("{%") != std::string_view::npos) return TemplateLanguage::kJinja;
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at + 2)) {
    if (is_go_action(text.substr(at + 2, 64))) return TemplateLanguage::kGo;
  }
  return TemplateLanguage::kJinja;
}

std::optional<std::string> jinja_template_of(const StoredModel& stored) {
  if (!stored.chat_template || template_language(*stored.chat_template) != TemplateLanguage::kJinja) {
    return std::nullopt;
  }
  return stored.chat_template;
}

}  // namespace hearth
