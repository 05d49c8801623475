// The parts of expressions that stand for sets of characters: escapes, classes and properties.

#include <utility>

#include "grammar/regex/character_sets.h"
#include "grammar/regex/expression_parser.h"

namespace hearth::grammar {
namespace {

constexpr size_t kRangesOfTable = 3000;  // looked at for a property, or for other cases
constexpr uint64_t kUnitsForRange = 10;

}  // namespace

CodePointSet ExpressionParser::folded(CodePointSet set) {
  if (!options_.ignore_case) return set;
  if (set.size() > 1) spend(kRangesOfTable);
  return with_other_cases(set);
}

void ExpressionParser::spend(size_t num_ranges) {
  num_ranges_ += num_ranges;
  if (num_ranges_ > limits_.compile_fuel / kUnitsForRange)
    error_at(place_, ErrorCode::kResourceLimit, "its sets of characters take too much work");
}

std::optional<char32_t> ExpressionParser::character_escape(CodePointSet& set) {
  const size_t place = place_ - 1;
  const char32_t c = text_[place_++];
  switch (c) {
    case 'd':
      set = digits();
      return std::nullopt;
    case 'D':
      set = digits().complement();
      return std::nullopt;
    case 's':
      set = white_space();
      return std::nullopt;
    case 'S':
      set = white_space().complement();
      return std::nullopt;
    case 'w':
      set = folded(word_characters());
      return std::nullopt;
    case 'W':
      set = folded(word_characters()).complement();
      return std::nullopt;
    case 'p':
    case 'P':
      set = folded(property(c == 'P'));
      return std::nullopt;
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'v':
      return '\v';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    case '0':
      if (is_digit(peek())) invalid(place, "octal escapes are not of ECMA-262");
      return 0;
    case 'c':
      if (is_letter(peek())) return text_[place_++] % 32;
      invalid(place, "\\c has no letter behind it");
      return 0;
    case 'x':
      if (const auto value = hex(2)) return *value;
      invalid(place, "\\x has no two hexadecimal digits behind it");
      return 0;
    case 'u': {
      const auto value = unicode_escape();
      if (!value) invalid(place, "\\u has no four hexadecimal digits behind it, nor a code point in braces");
      return value.value_or(0);
    }
    default:
      break;
  }
  // Letters and digits are kept for meanings to come; `\_` and others are in people's expressions.
  if (is_letter(c) || is_digit(c)) invalid(place, fmt::format("\\{} has no meaning in ECMA-262", char(c)));
  return c;
}

std::optional<uint32_t> ExpressionParser::hex(size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const char32_t c = peek(i);
    const char32_t lower = c | 0x20;
    if (is_digit(c))
      value = value * 16 + uint32_t(c - '0');
    else if (lower >= 'a' && lower <= 'f' && c < 0x80)
      value = value * 16 + uint32_t(lower - 'a' + 10);
    else
      return std::nullopt;
  }
  place_ += count;
  return value;
}

std::optional<char32_t> ExpressionParser::unicode_escape() {
  if (take(U"{")) {
    uint32_t value = 0;
    size_t count = 0;
    for (std::optional<uint32_t> digit; value <= kMaxCodePoint && (digit = hex(1)); ++count)
      value = value * 16 + *digit;
    if (count == 0 || value > kMaxCodePoint || !take(U"}")) return std::nullopt;
    return value;
  }
  const auto high = hex(4);
  if (!high || *high < 0xD800 || *high > 0xDBFF) return high;
  const size_t behind = place_;
  if (take(U"\\u"))
    if (const auto low = hex(4); low && *low >= 0xDC00 && *low <= 0xDFFF)
      return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
  place_ = behind;
  return high;
}

CodePointSet ExpressionParser::property(bool negated) {
  const size_t place = place_ - 2;
  std::string name, value;
  bool has_value = false;
  if (!take(U"{")) {
    invalid(place, "\\p has no property in braces behind it");
    return {};
  }
  for (; !at_end() && (is_letter(peek()) || is_digit(peek()) || peek() == '_' || peek() == '='); ++place_) {
    if (peek() == '=' && !has_value)
      has_value = true;
    else
      (has_value ? value : name).push_back(char(peek()));
  }
  if (!take(U"}")) {
    invalid(place, "\\p has no property in braces behind it");
    return {};
  }
  auto known = properties_.find(std::pair(name, value));
  if (known == properties_.end()) {
    spend(kRangesOfTable);
    auto set = unicode_property_set(name, value);
    if (!set) error_at(place, set.error().code, std::move(set.error().message));
    if (error_) return {};
    known = properties_.emplace(std::pair(name, value), std::move(*set)).first;
  }
  return negated ? known->second.complement() : known->second;
}

CodePointSet ExpressionParser::character_class() {
  const size_t place = place_ - 1;
  const bool negated = take(U"^");
  std::vector<CodePointRange> ranges;
  const auto add_all = [&ranges](const CodePointSet& set) {
    ranges.insert(ranges.end(), set.ranges().begin(), set.ranges().end());
  };
  while (!error_ && peek() != ']') {
    if (at_end()) {
      invalid(place, "this [ is never closed");
      return {};
    }
    const size_t start = place_;
    CodePointSet set, last_set;
    const auto first = class_atom(set);
    if (peek() != '-' || peek(1) == ']' || peek(1) == kNothing) {
      first ? ranges.push_back({*first, *first}) : add_all(set);
      continue;
    }
    ++place_;
    const auto last = class_atom(last_set);
    if (first && last) {
      if (*first > *last) invalid(start, "the ends of the range are in the wrong order");
      ranges.push_back({*first, *last});
      continue;
    }
    // `[\w-.]` is no range: all three stand for themselves.
    ranges.push_back({'-', '-'});
    first ? ranges.push_back({*first, *first}) : add_all(set);
    last ? ranges.push_back({*last, *last}) : add_all(last_set);
  }
  if (error_) return {};
  ++place_;
  CodePointSet set = folded(CodePointSet(std::move(ranges)));
  return negated ? set.complement() : set;
}

std::optional<char32_t> ExpressionParser::class_atom(CodePointSet& set) {
  const char32_t c = text_[place_++];
  if (c != '\\') return c;
  if (at_end()) {
    invalid(place_ - 1, "nothing stands behind the \\");
    return c;
  }
  if (take(U"b")) return '\b';
  return character_escape(set);
}

}  // namespace hearth::grammar
