#include "grammar/regex/languages.h"
#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

Status read_min_length(KeywordContext& context, JsonId value) {
  context.string().min_length = TRY(context.count(value));
  return {};
}

Status read_max_length(KeywordContext& context, JsonId value) {
  context.string().max_length = TRY(context.count(value));
  return {};
}

Status read_pattern(KeywordContext& context, JsonId value) {
  if (!context.document().is(value, JsonKind::kString))
    return fail(ErrorCode::kInvalidArgument, "must be a string");
  auto language = TRY(context.reader.pattern(context.document().text(value)));
  context.string().languages.push_back(std::move(language));
  return {};
}

Status read_format(KeywordContext& context, JsonId value) {
  const auto& document = context.document();
  if (!document.is(value, JsonKind::kString)) return fail(ErrorCode::kInvalidArgument, "must be a string");
  if (!context.reader.options().assert_formats) return {};
  const auto language = format_language(document.text(value));
  if (language) {
    context.string().languages.push_back(*language);
  } else {
    context.reader.warn(
        fmt::format("JSON schema, \"format\" at {}: \"{}\" is not known; ignored, as an annotation",
                    context.reader.index().place(context.schema), document.text(value).substr(0, 64)));
  }
  return {};
}

Status read_quote(KeywordContext& context, JsonId value) {
  const auto& quote = context.reader.options().quote;
  if (!quote) return fail(ErrorCode::kUnsupported, "there is nothing to quote from");
  auto maker = TRY(quote(context.document().source(value)));
  context.string().makers.push_back(std::move(maker));
  return {};
}

}  // namespace

std::span<const Keyword> string_keywords() {
  static constexpr Keyword kKeywords[] = {
      {"minLength", read_min_length, Draft::k4, Draft::k2020, true},
      {"maxLength", read_max_length, Draft::k4, Draft::k2020, true},
      {"pattern", read_pattern, Draft::k4, Draft::k2020, true},
      {"format", read_format},
      {"x-hearth-quote", read_quote},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
