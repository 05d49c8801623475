// How TagReader reads the members of formats.

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "grammar/rules/tags/tag_reader.h"

namespace hearth::grammar {

std::unexpected<Error> TagReader::error(JsonId place, std::string_view message, ErrorCode code) const {
  return std::unexpected(placed({.code = code, .message = std::string(message), .hint = {}}, place));
}

Error TagReader::placed(const Error& error, JsonId place) const {
  const std::string pointer = document_.pointer(place);
  return {.code = error.code,
          .message = fmt::format("structural tag {}: {}", hearth::quoted(pointer), error.message),
          .hint = error.hint};
}

Status TagReader::check_members(JsonId object, std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : document_.members(object)) {
    const std::string_view name = document_.text(key);
    if (name != "type" && std::ranges::find(known, name) == known.end()) {
      return error(value, fmt::format("{} is not known here", hearth::quoted(name)), ErrorCode::kUnsupported);
    }
  }
  return {};
}

Result<JsonId> TagReader::member(JsonId object, std::string_view name) const {
  if (const auto value = document_.find(object, name)) return *value;
  return error(object, fmt::format("{} is missing", name));
}

Result<std::string> TagReader::text_of(JsonId object, std::string_view name) const {
  const JsonId value = TRY(member(object, name));
  if (!document_.is(value, JsonKind::kString)) return error(value, fmt::format("{} is a string", name));
  return std::string(document_.text(value));
}

/// A list of strings, or one; none where there is no such member.
Result<TagReader::Texts> TagReader::texts_of(JsonId object, std::string_view name) const {
  const auto list = document_.find(object, name);
  Texts texts;
  if (!list) return texts;
  if (document_.is(*list, JsonKind::kString)) return Texts{std::string(document_.text(*list))};
  if (!document_.is(*list, JsonKind::kArray))
    return error(*list, fmt::format("{} is a list of strings", name));
  for (const JsonId item : document_.items(*list)) {
    if (!document_.is(item, JsonKind::kString))
      return error(item, fmt::format("{} is a list of strings", name));
    texts.emplace_back(document_.text(item));
  }
  return texts;
}

Result<bool> TagReader::flag_of(JsonId object, std::string_view name) const {
  const auto value = document_.find(object, name);
  if (!value || document_.is(*value, JsonKind::kFalse)) return false;
  if (document_.is(*value, JsonKind::kTrue)) return true;
  return error(*value, fmt::format("{} is true or false", name));
}

/// `unbounded`, where it is not 0, is what -1 stands for.
Result<uint32_t> TagReader::count_of(JsonId object, std::string_view name, uint32_t unbounded) const {
  const JsonId value = TRY(member(object, name));
  const std::string_view text = document_.text(value);
  if (document_.is(value, JsonKind::kNumber)) {
    if (unbounded != 0 && text == "-1") return unbounded;
    uint32_t count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault == std::errc() && end == text.data() + text.size() && count != RuleSet::kUnbounded)
      return count;
  }
  return error(value, fmt::format("{} is a count", name));
}

/// A format of type token, or what stands in one: an id, or how the token is written.
Result<TokenReference> TagReader::token_of(JsonId value) const {
  if (document_.is(value, JsonKind::kObject)) {
    if (TRY(text_of(value, "type")) != "token") return error(value, "a token is wanted here");
    TRY(check_members(value, {"token"}));
    value = TRY(member(value, "token"));
  }
  const std::string_view text = document_.text(value);
  if (document_.is(value, JsonKind::kString)) {
    const auto id = hooks_.find_control_token ? hooks_.find_control_token(text) : std::nullopt;
    if (!id) return error(value, fmt::format("the model has no control token {}", hearth::quoted(text)));
    return TokenReference{.control = *id, .text = {}};
  }
  uint32_t id = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (!document_.is(value, JsonKind::kNumber) || fault != std::errc() || end != text.data() + text.size()) {
    return error(value, "a token is an id, or a string");
  }
  auto token = token_with_id(id, hooks_);
  if (!token) return std::unexpected(placed(token.error(), value));
  return *token;
}

Result<std::vector<TokenId>> TagReader::control_tokens_of(JsonId object, std::string_view name) const {
  std::vector<TokenId> ids;
  const auto list = document_.find(object, name);
  if (!list) return ids;
  if (!document_.is(*list, JsonKind::kArray))
    return error(*list, fmt::format("{} is a list of tokens", name));
  for (const JsonId item : document_.items(*list)) {
    const TokenReference token = TRY(token_of(item));
    if (!token.text.empty()) return error(item, "this must be a control token", ErrorCode::kUnsupported);
    ids.push_back(token.control);
  }
  if (ids.size() > kMaxTokens) return error(*list, "these are too many tokens", ErrorCode::kResourceLimit);
  return ids;
}

Status TagReader::refuse_counts(JsonId object) const {
  const auto count = document_.find(object, "max_tokens");
  if (!count || document_.is(*count, JsonKind::kNull)) return {};
  return error(*count, "max_tokens is not supported: a grammar counts characters, not tokens",
               ErrorCode::kUnsupported);
}

}  // namespace hearth::grammar
