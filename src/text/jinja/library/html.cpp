#include "text/jinja/library/html.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "text/jinja/library/text_ops.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

struct Entity {
  char character;
  std::string_view text;
};
// As markupsafe writes them.
constexpr std::array<Entity, 5> kEntities = {
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\'', "&#39;"}, {'"', "&#34;"}}};

}  // namespace

Status append_escaped(TextBuilder& out, const OriginString& text) {
  const std::string_view bytes = text.view();
  size_t plain = 0;
  for (size_t at = bytes.find_first_of("&<>'\""); at != bytes.npos;
       at = bytes.find_first_of("&<>'\"", at + 1)) {
    TRY(out.append(text, plain, at));
    for (const Entity& entity : kEntities) {
      if (entity.character == bytes[at]) TRY(out.append(entity.text, text.origin_at(at)));
    }
    plain = at + 1;
  }
  return out.append(text, plain, bytes.size());
}

Result<Value> escape(Runtime& runtime, const Value& value) {
  if (value.is_string() && value.string().is_markup()) return value;
  const Value text = TRY(to_string(runtime, value));
  TextBuilder out(runtime);
  TRY(append_escaped(out, text.string().text()));
  return runtime.string(out.take(), true);
}

namespace {

/// The text without tags and comments; from an unclosed one on, all of it stays.
Result<OriginString> without_tags(Runtime& runtime, const OriginString& text) {
  const std::string_view bytes = text.view();
  TextBuilder out(runtime);
  size_t plain = 0;
  for (size_t at = bytes.find('<'); at != bytes.npos; at = bytes.find('<', plain)) {
    const bool comment = bytes.substr(at).starts_with("<!--");
    const size_t end = comment ? bytes.find("-->", at + 4) : bytes.find('>', at);
    if (end == bytes.npos) break;
    TRY(out.append(text, plain, at));
    plain = end + (comment ? 3 : 1);
  }
  TRY(out.append(text, plain, bytes.size()));
  return out.take();
}

/// What stands for the entity (without & and ;); empty where it is not known.
std::string entity_text(std::string_view name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  if (name == "apos") return "'";
  if (name == "nbsp") return "\xc2\xa0";
  if (name.size() < 2 || name[0] != '#') return {};
  const bool hex = (name[1] | 32) == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  uint32_t point = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point, hex ? 16 : 10);
  const bool valid = error == std::errc() && end == digits.data() + digits.size() && point > 0 &&
                     point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  std::string text;
  if (valid) append_utf8(text, point);
  return text;
}

Result<OriginString> without_entities(Runtime& runtime, const OriginString& text) {
  const std::string_view bytes = text.view();
  TextBuilder out(runtime);
  size_t plain = 0;
  for (size_t at = bytes.find('&'); at != bytes.npos; at = bytes.find('&', at + 1)) {
    constexpr size_t kLongestEntity = 32;
    const size_t end = bytes.substr(0, std::min(bytes.size(), at + kLongestEntity)).find(';', at);
    if (end == bytes.npos) continue;
    const std::string_view name = bytes.substr(at + 1, end - at - 1);
    if (name.empty() || name.find_first_of(" &") != name.npos) continue;
    const std::string meant = entity_text(name);
    if (meant.empty()) return fail(ErrorCode::kUnsupported, "striptags: the entity &{};", name);
    TRY(out.append(text, plain, at));
    TRY(out.append(meant, text.origin_at(at)));
    plain = end + 1;
    at = end;
  }
  TRY(out.append(text, plain, bytes.size()));
  return out.take();
}

}  // namespace

Result<Value> strip_tags(Runtime& runtime, const OriginString& text) {
  const OriginString plain = TRY(without_tags(runtime, text));
  TextBuilder words(runtime);
  bool first = true;
  for (const OriginString& word : TRY(split(runtime, plain, nullptr, -1, false))) {
    if (!first) TRY(words.append(" ", Origin::kTemplate));
    first = false;
    TRY(words.append(word));
  }
  return runtime.string(TRY(without_entities(runtime, words.text())));
}

Status append_url_quoted(TextBuilder& out, const OriginString& text, bool keep_slash, bool space_as_plus) {
  const std::string_view bytes = text.view();
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    const bool safe = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
                      (c == '/' && keep_slash) || std::string_view("_.-~").find(c) != std::string_view::npos;
    if (safe) {
      TRY(out.append(text, at, at + 1));
    } else if (c == ' ' && space_as_plus) {
      TRY(out.append("+", text.origin_at(at)));
    } else {
      TRY(out.append(fmt::format("%{:02X}", uint8_t(c)), text.origin_at(at)));
    }
  }
  return {};
}

}  // namespace hearth::jinja
