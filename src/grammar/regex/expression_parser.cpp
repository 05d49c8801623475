#include "grammar/regex/expression_parser.h"

#include <algorithm>
#include <utility>

#include "grammar/regex/character_sets.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

constexpr uint32_t kMaxCount = 1'000'000;  // of {n,m}; more copies than any limit allows

}  // namespace

Result<Expression> parse_expression(std::string_view pattern, const RegexOptions& options,
                                    const Limits& limits) {
  if (pattern.size() > limits.max_source_size)
    return fail(ErrorCode::kResourceLimit, "a regular expression of {} bytes is above the limit of {}",
                pattern.size(), limits.max_source_size);
  return ExpressionParser(pattern, options, limits).parse();
}

ExpressionParser::ExpressionParser(std::string_view pattern, const RegexOptions& options,
                                   const Limits& limits)
    : pattern_(sanitize_utf8(pattern.substr(0, 80))), options_(options), limits_(limits) {
  while (!pattern.empty() && !error_) {
    const Utf8Step step = next_utf8(pattern);
    if (step.code_point == Utf8Step::kBadByte)
      invalid(text_.size(), "this is not UTF-8");
    else
      text_.push_back(step.code_point);
    pattern.remove_prefix(step.size);
  }
}

Result<Expression> ExpressionParser::parse() {
  if (!error_) expression_.root = alternatives();
  if (!error_ && !at_end()) invalid(place_, "this ) closes nothing");
  if (error_) return std::unexpected(*error_);
  if (unsupported_) return std::unexpected(*unsupported_);
  return std::move(expression_);
}

void ExpressionParser::error_at(size_t place, ErrorCode code, std::string what) {
  if (error_) return;
  error_ = Error{code, fmt::format("regular expression \"{}\", offset {}: {}", pattern_, place, what), {}};
}

void ExpressionParser::unsupported(size_t place, std::string what) {
  if (unsupported_) return;
  error_at(place, ErrorCode::kUnsupported, std::move(what));
  std::swap(error_, unsupported_);
}

bool ExpressionParser::take(std::u32string_view expected) {
  if (place_ > text_.size() || text_.compare(place_, expected.size(), expected) != 0) return false;
  place_ += expected.size();
  return true;
}

uint32_t ExpressionParser::add(Expression::Node node) {
  expression_.nodes.push_back(node);
  if (expression_.nodes.size() > limits_.max_nodes)
    error_at(place_, ErrorCode::kResourceLimit, fmt::format("more than {} parts", limits_.max_nodes));
  return uint32_t(expression_.nodes.size() - 1);
}

uint32_t ExpressionParser::add(Expression::Kind kind, const std::vector<uint32_t>& children) {
  const uint32_t first = uint32_t(expression_.children.size());
  expression_.children.insert(expression_.children.end(), children.begin(), children.end());
  return add({.kind = kind, .first = first, .count = uint32_t(children.size())});
}

uint32_t ExpressionParser::add_set(CodePointSet set) {
  spend(set.ranges().size());
  const auto [entry, is_new] = set_ids_.try_emplace(std::move(set), uint32_t(expression_.sets.size()));
  if (is_new) expression_.sets.push_back(entry->first);
  return add({.kind = Expression::Kind::kSet, .first = entry->second});
}

uint32_t ExpressionParser::alternatives() {
  if (++depth_ > limits_.max_depth) {
    error_at(place_, ErrorCode::kResourceLimit,
             fmt::format("groups nested deeper than {}", limits_.max_depth));
    return 0;
  }
  std::vector<uint32_t> choices{sequence()};
  while (!error_ && take(U"|")) choices.push_back(sequence());
  --depth_;
  return choices.size() == 1 ? choices[0] : add(Expression::Kind::kAlternate, choices);
}

uint32_t ExpressionParser::sequence() {
  std::vector<uint32_t> parts;
  while (!error_ && !at_end() && peek() != '|' && peek() != ')') parts.push_back(term());
  if (parts.empty()) return add({.kind = Expression::Kind::kEmpty});
  return parts.size() == 1 ? parts[0] : add(Expression::Kind::kConcat, parts);
}

uint32_t ExpressionParser::term() {
  const size_t place = place_;
  const char32_t c = text_[place_++];
  switch (c) {
    case '^':
      return quantified(add({.kind = Expression::Kind::kStart, .multiline = options_.multiline}), false);
    case '$':
      return quantified(add({.kind = Expression::Kind::kEnd, .multiline = options_.multiline}), false);
    case '(':
      return group();
    case '.':
      return quantified(add_set(options_.dot_all ? CodePointSet::all() : line_terminators().complement()),
                        true);
    case '[':
      return quantified(add_set(character_class()), true);
    case '\\':
      return escape();
    case '*':
    case '+':
    case '?':
      invalid(place, "nothing stands before it that could be repeated");
      return 0;
    case '{': {
      --place_;
      uint32_t least, most;
      if (take_braces(least, most)) invalid(place, "nothing stands before it that could be repeated");
      place_ = place + 1;
      break;
    }
    default:
      break;
  }
  return quantified(add_set(folded({{c, c}})), true);
}

uint32_t ExpressionParser::quantified(uint32_t atom, bool repeatable) {
  const size_t place = place_;
  uint32_t least = 0, most = Expression::kNoMost;
  if (take(U"+"))
    least = 1;
  else if (take(U"?"))
    most = 1;
  else if (!take(U"*") && !take_braces(least, most))
    return atom;
  if (error_) return atom;
  if (!repeatable) invalid(place, "what stands before it cannot be repeated");
  if (least > most) invalid(place, "the bounds of the repetition are in the wrong order");
  take(U"?");
  if (peek() == '+') {
    unsupported(place_, "possessive repetitions are not supported");
    ++place_;
  }
  const uint32_t first = uint32_t(expression_.children.size());
  expression_.children.push_back(atom);
  return add({.kind = Expression::Kind::kRepeat, .first = first, .count = 1, .least = least, .most = most});
}

bool ExpressionParser::take_braces(uint32_t& least, uint32_t& most) {
  const size_t start = place_;
  const auto number = [this](uint32_t& value) {
    const size_t first = place_;
    for (value = 0; is_digit(peek()); ++place_)
      value = std::min<uint32_t>(value * 10 + uint32_t(text_[place_] - '0'), kMaxCount);
    return place_ > first;
  };
  if (!take(U"{") || !number(least)) {
    place_ = start;
    return false;
  }
  most = least;
  if (take(U",") && !number(most)) most = Expression::kNoMost;
  if (take(U"}")) return true;
  place_ = start;
  return false;
}

uint32_t ExpressionParser::group() {
  const size_t place = place_ - 1;
  uint32_t inner = 0;
  bool repeatable = true;
  if (!take(U"?") || take(U":")) {
    inner = alternatives();
  } else if (take(U"=")) {
    inner = look(false);
  } else if (take(U"!")) {
    inner = look(true);
  } else if (take(U"<=") || take(U"<!")) {
    unsupported(place, "lookbehind is not supported");
    inner = alternatives();
    repeatable = false;
  } else if (take(U"<")) {
    group_name("a group");
    inner = alternatives();
  } else if (take(U">")) {
    unsupported(place, "atomic groups are not supported");
    inner = alternatives();
  } else {
    inner = modified_group();
  }
  if (!error_ && !take(U")")) invalid(place, "this ( is never closed");
  return quantified(inner, repeatable);
}

uint32_t ExpressionParser::look(bool negated) {
  const uint32_t inner = alternatives();
  const uint32_t first = uint32_t(expression_.children.size());
  expression_.children.push_back(inner);
  return add({.kind = Expression::Kind::kLook, .negated = negated, .first = first, .count = 1});
}

uint32_t ExpressionParser::modified_group() {
  const size_t place = place_ - 2;
  const RegexOptions outer = options_;
  bool on = true;
  std::u32string seen;
  for (; !error_ && peek() != ':'; ++place_) {
    const char32_t c = peek();
    if (c == '-' && on) {
      on = false;
      continue;
    }
    if ((c != 'i' && c != 'm' && c != 's') || seen.find(c) != std::u32string::npos) {
      const bool whole = c == ')' && !seen.empty();
      invalid(place, whole ? "flags of a whole expression are not of ECMA-262; (?i:...) is"
                           : "this (? begins no group that ECMA-262 knows");
      return 0;
    }
    seen.push_back(c);
    (c == 'i' ? options_.ignore_case : c == 'm' ? options_.multiline : options_.dot_all) = on;
  }
  if (error_) return 0;
  if (seen.empty()) invalid(place, "this group has no flags");
  ++place_;
  const uint32_t inner = alternatives();
  options_ = outer;
  return inner;
}

void ExpressionParser::group_name(const char* what) {
  const size_t start = place_;
  while (is_name_part(peek())) ++place_;
  if (place_ == start || is_digit(text_[start]) || !take(U">"))
    invalid(start, fmt::format("the name of {} is missing or malformed", what));
}

uint32_t ExpressionParser::escape() {
  const size_t place = place_ - 1;
  if (at_end()) {
    invalid(place, "nothing stands behind the \\");
    return 0;
  }
  const char32_t c = peek();
  if (c == 'b' || c == 'B') {
    ++place_;
    if (options_.ignore_case) unsupported(place, "\\b under the flag i is not supported");
    return quantified(add({.kind = Expression::Kind::kWordBoundary, .negated = c == 'B'}), false);
  }
  if (c >= '1' && c <= '9') {
    while (is_digit(peek())) ++place_;
    unsupported(place, "backreferences are not supported");
    return quantified(add({.kind = Expression::Kind::kEmpty}), true);
  }
  if (c == 'k') {
    ++place_;
    if (!take(U"<")) invalid(place, "\\k has no name behind it");
    group_name("a backreference");
    unsupported(place, "backreferences are not supported");
    return quantified(add({.kind = Expression::Kind::kEmpty}), true);
  }
  CodePointSet set;
  if (const auto code_point = character_escape(set)) set = folded({{*code_point, *code_point}});
  return quantified(add_set(std::move(set)), true);
}

}  // namespace hearth::grammar
