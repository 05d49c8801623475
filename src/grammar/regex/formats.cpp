#include <array>
#include <mutex>

#include "base/check.h"
#include "grammar/regex/languages.h"

namespace hearth::grammar {
namespace {

struct Format {
  std::string_view name;
  std::string_view expression;
};

constexpr Format kFormats[] = {
    {"ipv4", "(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"},
    {"uuid", "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"},
    {"json-pointer", "(?:/(?:[^~/]|~[01])*)*"},
    {"relative-json-pointer", "(?:0|[1-9]\\d*)(?:#|(?:/(?:[^~/]|~[01])*)*)"},
};

}  // namespace

std::optional<TextDfaPtr> format_language(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name != name) continue;
    auto language = regex_language(format.expression, {});
    CHECK(language.has_value());
    return *language;
  }
  return std::nullopt;
}

}  // namespace hearth::grammar
