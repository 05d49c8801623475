#include "grammar/regex/decimal.h"
#include "grammar/schema/schema_reader.h"

namespace hearth::grammar {

namespace {

using Bound = std::optional<std::string> NumberBounds::*;

Result<std::string> number_text(const KeywordContext& context, JsonId value) {
  if (!context.document().is(value, JsonKind::kNumber))
    return fail(ErrorCode::kInvalidArgument, "must be a number");
  return std::string(context.document().text(value));
}

template <Bound bound>
Status read_bound(KeywordContext& context, JsonId value) {
  context.bounds.*bound = TRY(number_text(context, value));
  return {};
}

/// Draft 4 says by a boolean that the bound of the other keyword is left out.
template <Bound exclusive, Bound inclusive>
Status read_exclusive(KeywordContext& context, JsonId value) {
  const auto& document = context.document();
  const bool is_boolean = document.is(value, JsonKind::kTrue) || document.is(value, JsonKind::kFalse);
  if (!is_boolean && !context.dialect.is(Draft::k4)) return read_bound<exclusive>(context, value);
  if (!is_boolean) return fail(ErrorCode::kInvalidArgument, "must be a boolean in draft 4");
  if (!context.dialect.is(Draft::k4) && !context.dialect.any_draft)
    return fail(ErrorCode::kInvalidArgument, "must be a number; a boolean is of draft 4");
  if (document.is(value, JsonKind::kFalse)) return {};
  const auto other = context.sibling(inclusive == &NumberBounds::minimum ? "minimum" : "maximum");
  if (other) context.bounds.*exclusive = TRY(number_text(context, *other));
  return {};
}

Status read_multiple_of(KeywordContext& context, JsonId value) {
  std::string text = TRY(number_text(context, value));
  const Decimal number = TRY(Decimal::parse(text));
  if (number.negative || number.is_zero()) return fail(ErrorCode::kInvalidArgument, "must be above 0");
  context.bounds.multiple_of = std::move(text);
  return {};
}

}  // namespace

std::span<const Keyword> number_keywords() {
  using Bounds = NumberBounds;
  static constexpr Keyword kKeywords[] = {
      {"minimum", read_bound<&Bounds::minimum>, Draft::k4, Draft::k2020, true},
      {"maximum", read_bound<&Bounds::maximum>, Draft::k4, Draft::k2020, true},
      {"exclusiveMinimum", read_exclusive<&Bounds::exclusive_minimum, &Bounds::minimum>, Draft::k4,
       Draft::k2020, true},
      {"exclusiveMaximum", read_exclusive<&Bounds::exclusive_maximum, &Bounds::maximum>, Draft::k4,
       Draft::k2020, true},
      {"multipleOf", read_multiple_of, Draft::k4, Draft::k2020, true},
  };
  return kKeywords;
}

}  // namespace hearth::grammar
